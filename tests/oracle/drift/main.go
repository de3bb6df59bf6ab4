// Says what Flux makes of live objects and of what a dry-run answered for them: github.com/fluxcd/pkg/ssa/jsondiff, which
// compares them with github.com/wI2L/jsondiff, and the summary of helm-controller. Between them and the cluster stands a
// client that answers with the pair of the case.
//
// It prints cases, one line of JSON each: pairs of arbitrary values, pairs of objects with ignore rules, and selectors. -cases N
// and -seed S make another set, for a longer comparison.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"log"
	"math/rand/v2"
	"os"

	wi2l "github.com/wI2L/jsondiff"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v2 "github.com/fluxcd/helm-controller/api/v2"
	"github.com/fluxcd/helm-controller/internal/diff"
	"github.com/fluxcd/pkg/ssa/jsondiff"
)

// pair is a cluster that holds one object and answers every dry-run alike.
type pair struct {
	client.Client
	live, after map[string]any
}

func (p pair) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if p.live == nil {
		return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
	}
	object.(*unstructured.Unstructured).Object = copied(p.live)
	return nil
}

func (p pair) Patch(_ context.Context, object client.Object, _ client.Patch, _ ...client.PatchOption) error {
	object.(*unstructured.Unstructured).Object = copied(p.after)
	return nil
}

type operation struct {
	Op   string `json:"op"`
	Path string `json:"path"`
	Old  any    `json:"old"`
	New  any    `json:"new"`
}

func operations(patch wi2l.Patch) []operation {
	all := []operation{}
	for _, op := range patch {
		all = append(all, operation{op.Type, op.Path, op.OldValue, op.Value})
	}
	return all
}

type line struct {
	What     string          `json:"what"`
	Manifest map[string]any  `json:"manifest,omitempty"`
	Live     any             `json:"live"`
	After    any             `json:"after"`
	Ignore   []v2.IgnoreRule `json:"ignore,omitempty"`
	Error    bool            `json:"error,omitempty"`
	Panic    bool            `json:"panic,omitempty"`
	Type     string          `json:"type,omitempty"`
	Summary  string          `json:"summary"`
	Patch    []operation     `json:"patch,omitempty"`
	Masked   []operation     `json:"masked,omitempty"`
}

// values compares two values and nothing around them.
func values(live, after any) (told line) {
	told = line{What: "values", Live: live, After: after}
	defer func() {
		if recover() != nil {
			told.Panic, told.Patch = true, nil
		}
	}()
	patch, err := wi2l.Compare(live, after, wi2l.Rationalize())
	if err != nil {
		log.Fatal(err)
	}
	told.Patch = operations(patch)
	return told
}

// objects compares a live object with the answer of a dry-run.
func objects(manifest, live, after map[string]any, rules []v2.IgnoreRule) (told line) {
	told = line{What: "objects", Manifest: manifest, Live: live, After: after, Ignore: rules}
	if live == nil {
		told.Live = nil
	}
	defer func() {
		if recover() != nil {
			told.Panic = true
		}
	}()
	run := func(masks bool) (jsondiff.DiffSet, error) {
		options := []jsondiff.ListOption{
			jsondiff.FieldOwner("helm-controller"),
			jsondiff.ExclusionSelector{v2.DriftDetectionMetadataKey: v2.DriftDetectionDisabledValue},
			jsondiff.Rationalize(true),
			jsondiff.Graceful(true),
		}
		if masks {
			options = append(options, jsondiff.MaskSecrets(true))
		}
		var ignore jsondiff.IgnoreRules
		for _, rule := range rules {
			one := jsondiff.IgnoreRule{Paths: rule.Paths}
			if rule.Target != nil {
				t := rule.Target
				one.Selector = &jsondiff.Selector{
					Group: t.Group, Version: t.Version, Kind: t.Kind, Name: t.Name, Namespace: t.Namespace,
					AnnotationSelector: t.AnnotationSelector, LabelSelector: t.LabelSelector,
				}
			}
			ignore = append(ignore, one)
		}
		if len(ignore) > 0 {
			options = append(options, ignore)
		}
		wanted := []*unstructured.Unstructured{{Object: copied(manifest)}}
		return jsondiff.UnstructuredList(context.Background(), pair{live: live, after: after}, wanted, options...)
	}
	set, err := run(false)
	told.Error = err != nil
	for _, one := range set {
		told.Type = string(one.Type)
		told.Patch = operations(one.Patch)
	}
	told.Summary = diff.SummarizeDiffSet(set)
	if manifest["kind"] == "Secret" && err == nil {
		set, err := run(true)
		if err != nil {
			log.Fatal(err)
		}
		for _, one := range set {
			told.Masked = operations(one.Patch)
		}
	}
	return told
}

func copied(of map[string]any) map[string]any {
	return (&unstructured.Unstructured{Object: of}).DeepCopy().Object
}

func main() {
	cases := flag.Int("cases", 2400, "how many")
	seed := flag.Uint64("seed", 1, "of what is made at random")
	flag.Parse()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	g := generator{rand.New(rand.NewPCG(*seed, 0))}
	for range *cases / 2 {
		live := g.value(0)
		if err := lines.Encode(values(live, g.changed(live))); err != nil {
			log.Fatal(err)
		}
	}
	for at := range *cases - *cases/2 {
		if err := lines.Encode(g.object(at)); err != nil {
			log.Fatal(err)
		}
	}
}
