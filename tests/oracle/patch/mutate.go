package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
)

// place is a value in a document, and how to put another there.
type place struct {
	value any
	set   func(any)
	unset func()
}

// places are all values in a document but itself, in an order that does not change.
func places(value any, replace func(any), found *[]place) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			set := func(other any) { value[key] = other }
			*found = append(*found, place{value[key], set, func() { delete(value, key) }})
			places(value[key], set, found)
		}
	case []any:
		for i := range value {
			set := func(other any) { value[i] = other }
			unset := func() { replace(slices.Delete(slices.Clone(value), i, i+1)) }
			*found = append(*found, place{value[i], set, unset})
			places(value[i], set, found)
		}
	}
}

// scalars replace others.
var scalars = []any{"a", "b", "web", "1", "", "x/y", int64(0), int64(1), int64(80), int64(443), int64(-1), 0.5, 1e21, 1e-7, true, false}

// names are fields that may be added anywhere.
var names = []string{"name", "image", "value", "labels", "annotations", "finalizers", "type", "port", "key", "spec", "replicas", "emptyDir",
	"metadata", "env", "Ports", "nonsense", "strategy", "rollingUpdate", "a", "hostAliases", "tls", "nodeSelector", "uid"}

// directives are what only patches should say.
var directives = []string{"$patch", "$retainKeys", "$setElementOrder/finalizers", "$setElementOrder/containers", "$setElementOrder/ports",
	"$deleteFromPrimitiveList/finalizers", "$setElementOrder", "$deleteFromPrimitiveList"}

// value is something that fits nowhere in particular.
func value(r *rand.Rand) any {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		return map[string]any{}
	case 2:
		return []any{}
	case 3:
		return map[string]any{"name": "new", "x": value(r)}
	case 4:
		return []any{scalars[r.IntN(5)], scalars[r.IntN(5)]}
	case 5:
		return []any{map[string]any{"name": "new"}, map[string]any{"name": scalars[r.IntN(4)], "value": nil}}
	default:
		return scalars[r.IntN(len(scalars))]
	}
}

// like is a value of the same type as another.
func like(r *rand.Rand, other any) any {
	switch other := other.(type) {
	case string:
		return scalars[r.IntN(6)]
	case int64:
		return scalars[6+r.IntN(5)]
	case bool:
		return !other
	case map[string]any:
		return map[string]any{names[r.IntN(len(names))]: scalars[r.IntN(6)]}
	case []any:
		return []any{}
	default:
		return value(r)
	}
}

// mutate changes a document in one place. Wild changes are those that an API server would refuse.
func mutate(r *rand.Rand, document map[string]any, wild bool) {
	var found []place
	places(document, func(any) {}, &found)
	// What says whose object it is stays, or there would be nothing to compare.
	found = slices.DeleteFunc(found, func(p place) bool { return p.value == document["apiVersion"] || p.value == document["kind"] })
	if len(found) == 0 {
		return
	}
	p := found[r.IntN(len(found))]
	choice := r.IntN(9)
	if wild {
		choice = r.IntN(16)
	}
	switch choice {
	case 0, 1:
		p.unset()
	case 2, 3:
		p.set(like(r, p.value))
	case 4, 5, 6, 7, 8:
		change(r, p, wild)
	case 9:
		p.set(nil)
	case 10, 11:
		p.set(value(r))
	case 12:
		if m, ok := p.value.(map[string]any); ok {
			m[directives[r.IntN(len(directives))]] = directive(r)
		}
	default:
		change(r, p, true)
	}
}

func directive(r *rand.Rand) any {
	switch r.IntN(8) {
	case 0:
		return "replace"
	case 1:
		return "delete"
	case 2:
		return "merge"
	case 3:
		return []any{"name", "type", "image"}
	case 4:
		return []any{map[string]any{"name": "web"}, map[string]any{"name": "sidecar"}}
	case 5:
		return []any{"a", "b"}
	default:
		return value(r)
	}
}

// change adds, removes, turns or doubles what a list or a map holds; a scalar becomes another.
func change(r *rand.Rand, p place, wild bool) {
	switch v := p.value.(type) {
	case map[string]any:
		key := names[r.IntN(len(names))]
		if wild {
			v[key] = value(r)
		} else {
			v[key] = like(r, v[key])
		}
	case []any:
		items := slices.Clone(v)
		switch r.IntN(6) {
		case 0:
			r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		case 1:
			slices.Reverse(items)
		case 2, 3:
			if len(items) == 0 {
				items = append(items, map[string]any{"name": "new"})
				break
			}
			added := clone(items[r.IntN(len(items))])
			if m, ok := added.(map[string]any); ok {
				for _, key := range []string{"name", "port", "containerPort", "uid", "type", "mountPath", "ip"} {
					if _, ok := m[key]; ok {
						m[key] = like(r, m[key])
						break
					}
				}
			} else {
				added = like(r, added)
			}
			items = slices.Insert(items, r.IntN(len(items)+1), added)
		case 4:
			if len(items) > 0 && wild {
				items = append(items, clone(items[r.IntN(len(items))]))
			}
		case 5:
			if len(items) > 0 {
				at := r.IntN(len(items))
				items = slices.Delete(items, at, at+1)
			}
		}
		p.set(items)
	default:
		p.set(like(r, v))
	}
}

func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, value := range value {
			copied[key] = clone(value)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i := range value {
			copied[i] = clone(value[i])
		}
		return copied
	default:
		return value
	}
}

// delta says how to get from one value to another, in few bytes: {"v": whole}, or {"m": by key, "d": keys deleted}, or
// {"l": by place} for lists of one length.
func delta(from, to any) map[string]any {
	if text(from) == text(to) {
		return nil
	}
	if from, ok := from.(map[string]any); ok {
		if to, ok := to.(map[string]any); ok {
			return mapDelta(from, to)
		}
	}
	if from, ok := from.([]any); ok {
		if to, ok := to.([]any); ok && len(from) == len(to) {
			changed := map[string]any{}
			for i := range from {
				if d := delta(from[i], to[i]); d != nil {
					changed[text(i)] = d
				}
			}
			return map[string]any{"l": changed}
		}
	}
	return map[string]any{"v": to}
}

func mapDelta(from, to map[string]any) map[string]any {
	changed, gone := map[string]any{}, []string{}
	for key, value := range to {
		old, ok := from[key]
		if !ok {
			changed[key] = map[string]any{"v": value}
		} else if d := delta(old, value); d != nil {
			changed[key] = d
		}
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		if _, ok := to[key]; !ok {
			gone = append(gone, key)
		}
	}
	whole := map[string]any{}
	if len(changed) > 0 {
		whole["m"] = changed
	}
	if len(gone) > 0 {
		whole["d"] = gone
	}
	return whole
}

func text(value any) string {
	written, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(written)
}
