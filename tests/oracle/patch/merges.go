package main

import (
	"math/rand/v2"

	jsonpatch3 "github.com/evanphx/json-patch"
	jsonpatch4 "github.com/evanphx/json-patch/v5"
	server "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/mergepatch"
)

// merges prints the JSON merge patches of Helm 4 and Helm 3, the three-way one, and what the server makes of each.
func merges(r *rand.Rand, count int, write func(any)) {
	all := bases()
	for made := 0; made < count; {
		t := makeTriple(r, all, r.IntN(2) == 0)
		original, modified, current := []byte(text(t.original)), []byte(text(t.modified)), []byte(text(t.current))
		line := t.line(all)
		isSteady := true
		put := func(name string, ask func() ([]byte, error)) {
			patch, failure, ok := steady(ask)
			if !ok {
				isSteady = false
				return
			}
			if failure != "" {
				line[name] = map[string]any{"error": failure}
				return
			}
			said := map[string]any{"patch": read(patch)}
			result, err := server.MergePatch(current, patch)
			if err != nil {
				panic(err)
			}
			if d := delta(t.current, read(result)); d != nil {
				said["result"] = d
			}
			line[name] = said
		}
		put("helm4", func() ([]byte, error) { return jsonpatch4.CreateMergePatch(original, modified) })
		put("helm3", func() ([]byte, error) { return jsonpatch3.CreateMergePatch(original, modified) })
		put("three", func() ([]byte, error) {
			return jsonmergepatch.CreateThreeWayJSONMergePatch(original, modified, current,
				mergepatch.RequireKeyUnchanged("apiVersion"), mergepatch.RequireKeyUnchanged("kind"), mergepatch.RequireMetadataKeyUnchanged("name"))
		})
		if text(line["helm3"]) == text(line["helm4"]) {
			delete(line, "helm3")
		}
		if isSteady {
			write(line)
			made++
		}
	}
}
