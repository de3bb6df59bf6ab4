// Says which patches the clients of Kubernetes make, and what comes of them: k8s.io/apimachinery (strategic merge patches),
// the two libraries for JSON merge patches that Helm 3 and Helm 4 use, Helm itself, and k8s.io/client-go/util/csaupgrade.
//
// -print types prints what the structs say of their fields, and the objects that cases begin with; -print strategic, json,
// helm and migration print cases, one line of JSON each. -cases N and -seed S make another set, for a longer comparison.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8sjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

//go:embed objects.yaml
var objectsYAML []byte

var native = runtime.NewScheme()

func init() {
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme, apiextensionsv1beta1.AddToScheme} {
		if err := add(native); err != nil {
			log.Fatal(err)
		}
	}
}

// bases are what cases begin with.
func bases() []map[string]any {
	var all []map[string]any
	for _, document := range bytes.Split(objectsYAML, []byte("\n---\n")) {
		written, err := yaml.YAMLToJSON(document)
		if err != nil {
			log.Fatal(err)
		}
		all = append(all, read(written))
	}
	return all
}

func read(written []byte) map[string]any {
	var object map[string]any
	if err := k8sjson.Unmarshal(written, &object); err != nil {
		log.Fatal(err)
	}
	return object
}

func kindOf(object map[string]any) schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(fmt.Sprint(object["apiVersion"]), fmt.Sprint(object["kind"]))
}

func main() {
	what := flag.String("print", "strategic", "types, strategic, json, helm or migration")
	cases := flag.Int("cases", 0, "how many; 0: as many as are committed")
	seed := flag.Uint64("seed", 1, "of what is made at random")
	flag.Parse()

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	write := func(line any) {
		if err := lines.Encode(line); err != nil {
			log.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(*seed, 0))
	count := func(committed int) int {
		if *cases == 0 {
			return committed
		}
		return *cases
	}
	switch *what {
	case "types":
		var kinds []schema.GroupVersionKind
		for _, base := range bases() {
			kinds = append(kinds, kindOf(base))
		}
		line := types(kinds)
		line["bases"] = bases()
		line["native"] = nativeKinds()
		write(line)
	case "strategic":
		strategic(r, count(5200), write)
	case "json":
		merges(r, count(2500), write)
	case "helm":
		helm(r, count(1500), write)
	case "migration":
		migrations(r, count(2500), write)
	default:
		log.Fatalf("nothing is known of %s", *what)
	}
}

// nativeKinds are those that Helm knows the types of.
func nativeKinds() []string {
	var all []string
	for kind := range native.AllKnownTypes() {
		if kind.Version != runtime.APIVersionInternal {
			all = append(all, kind.GroupVersion().String()+"/"+kind.Kind)
		}
	}
	return sorted(all)
}
