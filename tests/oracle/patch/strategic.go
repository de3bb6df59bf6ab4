package main

import (
	"math/rand/v2"
	"slices"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

func sorted(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// triple is what was, what shall be and what is.
type triple struct {
	base                        int
	original, modified, current map[string]any
}

func makeTriple(r *rand.Rand, all []map[string]any, wild bool) triple {
	base := r.IntN(len(all))
	changed := func(from map[string]any, most int) map[string]any {
		to := clone(from).(map[string]any)
		for range r.IntN(most + 1) {
			mutate(r, to, wild && r.IntN(3) == 0)
		}
		return to
	}
	original := changed(all[base], 2)
	return triple{base, original, changed(original, 4), changed(original, 4)}
}

func (t triple) line(all []map[string]any) map[string]any {
	line := map[string]any{"base": t.base}
	put := func(name string, from, to map[string]any) {
		if d := delta(from, to); d != nil {
			line[name] = d
		}
	}
	put("original", all[t.base], t.original)
	put("modified", t.original, t.modified)
	put("current", t.original, t.current)
	return line
}

// answer is what a library says; no document where it refuses or ends the program. Which fault it names first is by chance.
func answer(ask func() ([]byte, error)) (said []byte, failure string) {
	defer func() {
		if recover() != nil {
			said, failure = nil, "refused"
		}
	}()
	said, err := ask()
	if err != nil {
		return nil, "refused"
	}
	return said, ""
}

// steady asks several times: maps of Go have no order, so that some answers are by chance. Those count for nothing.
func steady(ask func() ([]byte, error)) (said []byte, failure string, ok bool) {
	said, failure = answer(ask)
	for range 30 {
		again, fails := answer(ask)
		if string(again) != string(said) || fails != failure {
			return nil, "", false
		}
	}
	return said, failure, true
}

func strategic(r *rand.Rand, count int, write func(any)) {
	var all []map[string]any
	for _, base := range bases() {
		if native.Recognizes(kindOf(base)) {
			all = append(all, base)
		}
	}
	for made := 0; made < count; {
		t := makeTriple(r, all, r.IntN(3) > 0)
		// The deltas speak of the objects of "types", where kinds without structs stand last.
		object, err := native.New(kindOf(all[t.base]))
		if err != nil {
			panic(err)
		}
		meta, err := strategicpatch.NewPatchMetaFromStruct(object)
		if err != nil {
			panic(err)
		}
		line := t.line(all)
		patch, failure, ok := steady(func() ([]byte, error) {
			return strategicpatch.CreateThreeWayMergePatch([]byte(text(t.original)), []byte(text(t.modified)), []byte(text(t.current)), meta, true)
		})
		if !ok {
			continue
		}
		if failure != "" {
			line["error"] = failure
			// What is no patch may still be applied as if it were one: the manifest itself, with whatever directives it has.
			patch = []byte(text(t.modified))
		} else {
			line["patch"] = read(patch)
			if r.IntN(4) == 0 {
				// A patch by hand.
				byHand := read(patch)
				mutate(r, byHand, true)
				patch = []byte(text(byHand))
				line["sent"] = delta(line["patch"], byHand)
				if line["sent"] == nil {
					delete(line, "sent")
				}
			}
		}
		result, failure, ok := steady(func() ([]byte, error) {
			return strategicpatch.StrategicMergePatch([]byte(text(t.current)), patch, object)
		})
		if !ok {
			continue
		}
		if failure != "" {
			line["refused"] = failure
		} else if d := delta(t.current, read(result)); d != nil {
			line["result"] = d
		}
		write(line)
		made++
	}
}
