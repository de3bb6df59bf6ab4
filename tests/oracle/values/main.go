// Says what Helm and Flux make of values: helm.sh/helm coalesces those of a stored chart with those of the user (Helm 3 as well,
// where it says something else), github.com/fluxcd/pkg/chartutil merges the entries of a HelmRelease's valuesFrom with what stands in it.
//
// It prints cases, one line of JSON each; -print coalesce or -print from. -cases N and -seed S make another set, for a
// longer comparison.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	stdlog "log"
	"math/rand/v2"
	"os"
	"reflect"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/chartutil"
	"github.com/go-logr/logr"
	chart3 "helm.sh/helm/v3/pkg/chart"
	coalesce3 "helm.sh/helm/v3/pkg/chartutil"
	coalesce4 "helm.sh/helm/v4/pkg/chart/common/util"
	chart4 "helm.sh/helm/v4/pkg/chart/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"wheelhouse.test/oracle/recorded"
)

type object = map[string]any

// coalesced is what the chart's values and the user's come to. Three is what Helm 3 says, where it is something else.
type coalesced struct {
	Defaults object `json:"defaults"`
	User     object `json:"user"`
	Four     object `json:"four"`
	Three    object `json:"three,omitempty"`
}

func coalesce(defaults, user object) coalesced {
	four := must(coalesce4.CoalesceValues(
		&chart4.Chart{Metadata: &chart4.Metadata{Name: "c"}, Values: copied(defaults)}, copied(user)))
	three := must(coalesce3.CoalesceValues(
		&chart3.Chart{Metadata: &chart3.Metadata{Name: "c"}, Values: copied(defaults)}, copied(user)))
	told := coalesced{Defaults: copied(defaults), User: copied(user), Four: four}
	if !reflect.DeepEqual(object(three), object(four)) {
		told.Three = three
	}
	return told
}

// merged is what the entries and the inline values come to, or the kind of the error.
type merged struct {
	Inline  object                       `json:"inline"`
	Refs    []meta.ValuesReference       `json:"refs"`
	Objects map[string]map[string]string `json:"objects"`
	Values  object                       `json:"values,omitempty"`
	Error   string                       `json:"error,omitempty"`
	Message string                       `json:"message,omitempty"`
}

// cluster holds the objects by kind and name.
type cluster struct {
	client.Client
	objects map[string]map[string]string
}

func (c cluster) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	switch typed := into.(type) {
	case *corev1.ConfigMap:
		data, ok := c.objects["ConfigMap/"+key.Name]
		if !ok {
			return apierrors.NewNotFound(schema.GroupResource{Resource: "configmaps"}, key.Name)
		}
		typed.Data = data
	case *corev1.Secret:
		data, ok := c.objects["Secret/"+key.Name]
		if !ok {
			return apierrors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
		}
		typed.Data = map[string][]byte{}
		for name, text := range data {
			typed.Data[name] = []byte(text)
		}
	}
	return nil
}

func merge(inline object, refs []meta.ValuesReference, objects map[string]map[string]string) merged {
	told := merged{Inline: inline, Refs: refs, Objects: objects}
	// Flux reads them from JSON as well, and they are written into.
	values, err := chartutil.ChartValuesFromReferences(
		context.Background(), logr.Discard(), cluster{objects: objects}, "shop", copied(inline), refs...)
	if err == nil {
		told.Values = values
		return told
	}
	told.Message = err.Error()
	for _, class := range []struct {
		is   error
		name string
	}{
		{chartutil.ErrResourceNotFound, "resource not found"},
		{chartutil.ErrKeyNotFound, "key not found"},
		{chartutil.ErrUnsupportedRefKind, "kind"},
		{chartutil.ErrValuesDataRead, "read"},
		{chartutil.ErrValueMerge, "merge"},
	} {
		if errors.Is(err, class.is) {
			told.Error = class.name
		}
	}
	if told.Error == "" {
		stdlog.Fatalf("an error of no kind: %v", err)
	}
	return told
}

func copied(value object) object {
	if value == nil {
		return nil
	}
	var copy object
	check(json.Unmarshal(must(json.Marshal(value)), &copy))
	return copy
}

func main() {
	part := flag.String("print", "coalesce", "coalesce or from")
	count := flag.Int("cases", 3000, "how many cases are generated")
	seed := flag.Uint64("seed", 1, "of what is generated")
	recordings := flag.String("recordings", "../../recordings", "their folder")
	flag.Parse()
	stdlog.SetFlags(0)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	random := &generator{rand.New(rand.NewPCG(*seed, 7))}
	// What does not fit is told of at length.
	stdlog.SetOutput(io.Discard)
	switch *part {
	case "coalesce":
		seen := map[string]bool{}
		for _, release := range recorded.Releases(*recordings) {
			told := coalesce(release.Chart.Values, release.Config)
			if text := string(must(json.Marshal(told))); !seen[text] {
				seen[text] = true
				check(encoder.Encode(told))
			}
		}
		for range *count {
			defaults := random.tree(4)
			check(encoder.Encode(coalesce(defaults, random.over(defaults))))
		}
	case "from":
		for _, told := range stories() {
			check(encoder.Encode(told))
		}
		for range *count {
			check(encoder.Encode(merge(random.sources())))
		}
	default:
		stdlog.SetOutput(os.Stderr)
		stdlog.Fatalf("no such part: %s", *part)
	}
}

func check(err error) {
	if err != nil {
		stdlog.SetOutput(os.Stderr)
		stdlog.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
