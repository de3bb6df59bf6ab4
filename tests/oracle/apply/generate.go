package apply

import (
	"fmt"
	"math/rand"
	"slices"
	"sort"
	"strings"

	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
)

// A garden grows values of a kind's types.
type garden struct {
	*rand.Rand
	root root
	hot  []string
}

var words = []string{"a", "b", "c", "x<&>y", "é \"q\"", "TCP", "UDP", "7"}

func (g *garden) one(n int) bool { return g.Intn(n) == 0 }

func (g *garden) resolve(ref smd.TypeRef) smd.Atom {
	atom, ok := g.root.schema.Resolve(ref)
	if !ok {
		panic("a type that is not there")
	}
	return atom
}

func (g *garden) scalar(of smd.Scalar) any {
	switch of {
	case smd.Numeric:
		if g.one(9) {
			return []any{1.5, 1e21, 2.0, -0.0000001}[g.Intn(4)]
		}
		return int64(g.Intn(4))
	case smd.Boolean:
		return g.one(2)
	case smd.String:
		return words[g.Intn(len(words))]
	}
	switch g.Intn(4) {
	case 0:
		return int64(g.Intn(4))
	case 1:
		return g.one(2)
	}
	return words[g.Intn(len(words))]
}

// grow makes a value of a type.
func (g *garden) grow(ref smd.TypeRef, depth int) any {
	if g.one(40) {
		return nil
	}
	atom := g.resolve(ref)
	switch {
	case atom.Map != nil && (atom.Scalar == nil || depth < 4 && g.one(2)):
		return g.growMap(atom.Map, depth)
	case atom.List != nil && (atom.Scalar == nil || g.one(4)):
		list := []any{}
		for range g.Intn(4) {
			list = g.add(list, atom.List, depth)
		}
		return list
	case atom.Scalar == nil:
		// A field that is not declared: an object whose owners are not tracked may have one.
		return "x"
	}
	return g.scalar(*atom.Scalar)
}

func (g *garden) growMap(of *smd.Map, depth int) object {
	out := object{}
	if g.one(30) {
		return out
	}
	// Schemas that are made of maps have their fields in any order.
	fields := slices.SortedFunc(slices.Values(of.Fields), func(a, b smd.StructField) int { return strings.Compare(a.Name, b.Name) })
	for _, field := range fields {
		odds := max(3, len(of.Fields)/2) + 2*depth
		if slices.Contains(g.hot, field.Name) {
			odds = 2
		}
		if g.one(odds) {
			out[field.Name] = g.grow(field.Type, depth+1)
		}
	}
	if of.ElementType.NamedType != nil || of.ElementType.Inlined != (smd.Atom{}) {
		for range g.Intn(3) {
			out[words[g.Intn(len(words))]] = g.grow(of.ElementType, depth+1)
		}
	}
	return out
}

// add appends an item, unless one like it is there.
func (g *garden) add(list []any, of *smd.List, depth int) []any {
	item := g.item(of, depth)
	if of.ElementRelationship == smd.Associative {
		for _, other := range list {
			if keyOf(item, of) == keyOf(other, of) {
				return list
			}
		}
	}
	return slices.Insert(list, g.Intn(len(list)+1), item)
}

func (g *garden) item(of *smd.List, depth int) any {
	atom := g.resolve(of.ElementType)
	if of.ElementRelationship != smd.Associative {
		return g.grow(of.ElementType, depth+1)
	}
	if len(of.Keys) == 0 {
		return g.scalar(*atom.Scalar)
	}
	item := g.growMap(atom.Map, depth+1)
	for i, key := range of.Keys {
		field, _ := atom.Map.FindField(key)
		if i > 0 && field.Default != nil && g.one(2) {
			delete(item, key)
		} else if i == 0 || !g.one(3) {
			item[key] = g.scalar(*g.resolve(field.Type).Scalar)
		}
	}
	return item
}

func keyOf(item any, of *smd.List) string {
	m, ok := item.(object)
	if !ok || len(of.Keys) == 0 {
		return text(item)
	}
	key := ""
	for _, name := range of.Keys {
		value, ok := m[name]
		if !ok && name == "protocol" {
			value, ok = "TCP", true
		}
		key += fmt.Sprint(text(value), ok)
	}
	return key
}

// mutate changes something in a value; duplicates says whether items may come to stand twice.
func (g *garden) mutate(value any, ref smd.TypeRef, depth int, duplicates bool) any {
	atom := g.resolve(ref)
	switch old := value.(type) {
	case object:
		if atom.Map == nil || g.one(25) {
			return g.grow(ref, depth)
		}
		out := clone(old)
		keys := make([]string, 0, len(out))
		for key := range out {
			if depth > 0 || key != "apiVersion" && key != "kind" {
				keys = append(keys, key)
			}
		}
		sort.Strings(keys)
		if len(keys) == 0 || g.one(3) {
			for key, v := range g.growMap(atom.Map, depth) {
				if depth > 0 || key != "apiVersion" && key != "kind" && key != "metadata" {
					out[key] = v
				}
			}
			return out
		}
		// Lists are where most can go wrong.
		var lists []string
		for _, key := range keys {
			if list, ok := out[key].([]any); ok && len(list) > 0 {
				lists = append(lists, key)
			}
		}
		if depth == 0 && out["spec"] != nil && g.one(2) {
			lists = []string{"spec"}
		}
		if len(lists) > 0 && g.one(2) {
			keys = lists
		}
		key := keys[g.Intn(len(keys))]
		isKept := depth == 0 && key == "metadata"
		if g.one(6) && !isKept {
			delete(out, key)
			return out
		}
		if g.one(30) && !isKept {
			out[key] = nil
			return out
		}
		of := atom.Map.ElementType
		if field, ok := atom.Map.FindField(key); ok {
			of = field.Type
		}
		out[key] = g.mutate(out[key], of, depth+1, duplicates)
		return out
	case []any:
		if atom.List == nil || len(old) == 0 || g.one(20) {
			return g.grow(ref, depth)
		}
		out := slices.Clone(old)
		at := g.Intn(len(out))
		switch g.Intn(7) {
		case 0:
			return slices.Delete(out, at, at+1)
		case 1, 2:
			return g.add(out, atom.List, depth)
		case 3:
			g.Shuffle(len(out), func(a, b int) { out[a], out[b] = out[b], out[a] })
			return out
		case 4:
			if duplicates {
				out = append(out, out[at])
				if m, ok := out[at].(object); ok && g.one(2) && len(atom.List.Keys) > 0 {
					out[len(out)-1] = g.mutateItem(m, atom.List, depth, duplicates)
				}
				return out
			}
		}
		if m, ok := out[at].(object); ok && atom.List.ElementRelationship == smd.Associative && len(atom.List.Keys) > 0 {
			out[at] = g.mutateItem(m, atom.List, depth, duplicates)
		}
		return out
	}
	return g.grow(ref, depth)
}

// mutateItem leaves the keys of an item as they are.
func (g *garden) mutateItem(item object, of *smd.List, depth int, duplicates bool) any {
	out, ok := g.mutate(item, of.ElementType, depth+1, duplicates).(object)
	if !ok {
		return item
	}
	for _, key := range of.Keys {
		delete(out, key)
		if value, ok := item[key]; ok {
			out[key] = value
		}
	}
	return out
}

// A chain is what happens to one object.
type chain struct {
	Kind  string `json:"kind"`
	Start object `json:"start,omitempty"` // what is there before, if anything
	Steps []step `json:"steps"`
}

func (g *garden) fresh(k kind) object {
	return named(g.growMap(g.resolve(g.root.ref).Map, 0), k)
}

func named(out object, k kind) object {
	out["apiVersion"], out["kind"] = k.apiVersion(), k.gvk.Kind
	meta, ok := out["metadata"].(object)
	if !ok {
		meta = object{}
		out["metadata"] = meta
	}
	for _, name := range []string{"managedFields", "uid", "resourceVersion", "generation", "selfLink", "creationTimestamp",
		"deletionTimestamp", "deletionGracePeriodSeconds", "generateName"} {
		delete(meta, name)
	}
	meta["name"], meta["namespace"] = "x", "shop"
	return out
}

// gadget makes something of a kind without schema.
func (g *garden) gadget(k kind) object {
	return named(object{
		"metadata": object{"labels": object{"app": g.scalar(smd.String)}},
		"spec":     g.free(0),
		"data":     g.free(1),
	}, k)
}

func (g *garden) free(depth int) any {
	switch {
	case depth < 4 && g.one(2) || depth == 0:
		out := object{}
		for range g.Intn(5) {
			out[words[g.Intn(4)]] = g.free(depth + 1)
		}
		return out
	case g.one(4):
		out := []any{}
		for range g.Intn(3) {
			out = append(out, g.free(depth+1))
		}
		return out
	case g.one(10):
		return nil
	}
	return g.scalar(smd.Untyped)
}

// spoil breaks a document in one place.
func (g *garden) spoil(o object, k kind) object {
	out := clone(o)
	switch g.Intn(14) {
	case 0:
		out["apiVersion"] = "example.dev/v7"
	case 1:
		out["kind"] = "Other"
	case 2:
		out["metadata"].(object)["managedFields"] = []any{}
	case 3:
		out["nowhere"] = "x"
	case 4:
		out["metadata"].(object)["labels"] = []any{"a", object{"b": int64(1)}}
	case 5:
		out["metadata"].(object)["finalizers"] = []any{[]any{"a", "b", "a"}, []any{"a", "b", "a", "b", "a"}, []any{"a", nil}}[g.Intn(3)]
	case 6:
		out["metadata"].(object)["finalizers"] = []any{"a", []any{nil, object{"b": int64(1)}, []any{object{}}, object{"x": object{}}, nil}[g.Intn(5)]}
	case 7:
		out["metadata"].(object)["labels"] = object{"a": []any{int64(1), true, 1.5, object{"x": []any{"y", nil, 1.5, true}}}[g.Intn(4)]}
	case 8:
		out["metadata"].(object)["finalizers"] = object{"b": []any{int64(1), "x", nil}}
	default:
		spec, ok := out["spec"].(object)
		if !ok {
			return out
		}
		switch k.name {
		case "Widget":
			switch g.Intn(8) {
			case 0:
				spec["on"] = "yes"
			case 1:
				spec["ratio"] = []any{"x", true, []any{}, object{}}[g.Intn(4)]
			case 2:
				spec["either"] = []any{"x"}
			case 3:
				spec["ports"] = []any{object{"port": int64(1)}, object{"protocol": "TCP", "port": int64(1)}}
			case 4:
				spec["parts"] = []any{object{"name": "a", "count": "x"}, object{"count": int64(1)}}
			case 5:
				spec["parts"] = []any{nil}
			case 6:
				spec["parts"] = []any{"a"}
			case 7:
				spec["steps"] = []any{object{"run": "x"}, object{"run": int64(1)}}
			}
		case "Deployment":
			spec["replicas"] = "three"
		case "Service":
			spec["ports"] = []any{object{"port": int64(1), "protocol": "UDP"}, object{"protocol": "UDP", "port": int64(1), "name": "b"}}
		case "ConfigMap":
			out["data"] = "x"
		}
	}
	return out
}

var managers = []string{"helm", "helm-controller", "kubectl", "kubectl-edit", "kube-controller-manager", "platform-team", ""}

// steps makes a chain of a kind and judges it.
func (g *garden) chain(k kind, j *judge, wait func(seconds int)) chain {
	c := chain{Kind: k.name}
	makes := g.fresh
	if k.name == "Gadget" {
		makes = g.gadget
	}
	mutated := func(o object, duplicates bool) object {
		out := o
		for range 1 + g.Intn(3) {
			if k.name == "Gadget" {
				out = clone(out)
				if spec, ok := out["spec"].(object); ok && g.one(2) {
					spec[words[g.Intn(4)]] = g.free(1)
				} else {
					out[[]string{"spec", "data", "extra"}[g.Intn(3)]] = g.free(g.Intn(3))
				}
			} else if next, ok := g.mutate(out, g.root.ref, 0, duplicates).(object); ok {
				out = next
			}
		}
		return out
	}
	live := j.empty()
	first := ""
	if g.one(4) {
		live = makes(k)
		live["metadata"].(object)["uid"] = "u"
		if g.one(2) {
			live["metadata"].(object)["managedFields"] = g.stored(k)
		}
		if g.one(2) {
			applied := makes(k)
			last := text(applied)
			switch g.Intn(10) {
			case 0:
				last = "{"
			case 1:
				last = `{"kind":"Other","apiVersion":"v9"}`
			case 2:
				last = replaceAll(last, `"kind":`, `"nowhere":1,"kind":`)
			}
			live["metadata"].(object)["annotations"] = object{"kubectl.kubernetes.io/last-applied-configuration": last}
			first = []string{"kubectl", "kubectl", "helm"}[g.Intn(3)]
			for key, value := range applied {
				if key != "metadata" {
					live[key] = value
				}
			}
		}
		c.Start = clone(live)
	}
	names := managers
	crowd := g.one(6)
	last := map[string]object{}
	common := makes(k)
	length := 6 + g.Intn(14)
	if crowd {
		length += 25
	}
	for range length {
		wait(g.Intn(3))
		s := step{Manager: names[g.Intn(len(names))]}
		if crowd && !g.one(4) {
			s.Manager = fmt.Sprintf("c%02d", g.Intn(16))
		}
		if first != "" && g.one(2) {
			s.Manager = first
		}
		isStatus := len(k.resets["status"]) > 0 && g.one(9)
		if isStatus {
			s.Subresource = "status"
		}
		switch {
		case k.scalePath && g.one(8) && hasSpec(live):
			s.Op, s.Replicas, s.Force = []string{"scale", "scale", "scale-apply"}[g.Intn(3)], int64(1+g.Intn(5)), g.one(2)
		case !crowd && g.one(2) || crowd && g.one(4):
			s.Op, s.Force = "apply", g.one(3)
			before := last[s.Manager]
			switch {
			case before == nil && g.one(2):
				before = common
			case before == nil || g.one(12):
				before = makes(k)
			case g.one(8):
				before = stripped(live, k)
			}
			s.Object = before
			if !g.one(4) {
				s.Object = mutated(before, false)
			}
			s.Object = named(clone(s.Object), k)
			if g.one(14) {
				s.Object = g.spoil(s.Object, k)
			} else if g.one(8) {
				s.Object = object{"apiVersion": k.apiVersion(), "kind": k.gvk.Kind, "metadata": object{"name": "x", "namespace": "shop"}}
				if g.one(2) {
					s.Object["spec"] = object{}
				}
			} else if s.Subresource == "" {
				last[s.Manager] = s.Object
			}
		default:
			s.Op = "update"
			base := clone(live)
			if !c.isMade(live) {
				base = makes(k)
			} else if meta, ok := base["metadata"].(object); ok {
				delete(meta, "managedFields")
			}
			s.Object = base
			switch {
			case crowd && !g.one(4):
				// Many that hold something for long.
				meta, ok := base["metadata"].(object)
				if !ok {
					meta = object{}
					base["metadata"] = meta
				}
				if labels, ok := meta["labels"].(object); ok && g.one(6) {
					labels[words[g.Intn(4)]] = "c"
				} else if annotations, ok := meta["annotations"].(object); ok {
					annotations[s.Manager] = words[g.Intn(4)]
				} else {
					meta["annotations"] = object{s.Manager: "d"}
				}
			case !g.one(8):
				s.Object = mutated(base, true)
			}
			if meta, ok := s.Object["metadata"].(object); !ok || meta["name"] == nil {
				s.Object["metadata"] = object{"name": "x", "namespace": "shop"}
			}
			s.Object["apiVersion"], s.Object["kind"] = k.apiVersion(), k.gvk.Kind
			meta := s.Object["metadata"].(object)
			delete(meta, "managedFields")
			if c.isMade(live) {
				meta["uid"] = "u"
			}
			switch {
			case g.one(3):
			case g.one(25):
				meta["managedFields"] = []any{[]any{}, []any{object{}}, g.stored(k)}[g.Intn(3)]
			default:
				if fields, ok := live["metadata"].(object); ok && fields["managedFields"] != nil {
					meta["managedFields"] = fields["managedFields"]
				}
			}
			if g.one(25) {
				// That an object is of its kind is seen to long before.
				s.Object = g.spoil(s.Object, k)
				s.Object["apiVersion"], s.Object["kind"] = k.apiVersion(), k.gvk.Kind
			}
		}
		live = j.run(live, &s)
		c.Steps = append(c.Steps, s)
	}
	return c
}

func (c chain) isMade(live object) bool {
	_, ok := live["metadata"]
	return ok
}

func hasSpec(live object) bool {
	_, ok := live["spec"].(object)
	return ok
}

func stripped(live object, k kind) object { return named(clone(live), k) }

// stored makes entries as they may be found: of other versions, of what was not atomic once, and damaged ones.
func (g *garden) stored(k kind) []any {
	entry := func(manager, operation, version, subresource string, fields object) object {
		out := object{"manager": manager, "operation": operation, "apiVersion": version, "fieldsType": "FieldsV1", "fieldsV1": fields,
			"time": "1999-12-31T23:59:00Z"}
		if subresource != "" {
			out["subresource"] = subresource
		}
		return out
	}
	group := ""
	if k.gvk.Group != "" {
		group = k.gvk.Group + "/"
	}
	leaf := object{}
	fields := object{
		"f:metadata": object{"f:labels": object{".": leaf, "f:a": leaf, "f:app": leaf}, "f:finalizers": object{".": leaf, `v:"a"`: leaf}, "f:name": leaf},
		"f:data":     object{"f:a": leaf, "f:b": object{"f:c": leaf}},
		"f:spec": object{
			"f:replicas": leaf, "f:whole": object{"f:a": leaf}, "f:steps": object{"i:0": object{"f:run": leaf}}, "f:a": object{"f:b": leaf, ".": leaf},
			"f:selector": object{"f:matchLabels": object{"f:a": leaf}, "f:a": leaf},
			"f:ports":    object{`k:{"port":1,"protocol":"TCP"}`: object{".": leaf, "f:port": leaf, "f:name": leaf}},
			"f:parts":    object{`k:{"name":"a"}`: object{".": leaf, "f:name": leaf, "f:pieces": object{`k:{"id":1}`: object{".": leaf}}}},
			"f:free":     object{"f:a": leaf}, "f:metrics": object{"i:0": leaf}, "f:rules": leaf,
			"f:template": object{"f:spec": object{"f:containers": object{`k:{"name":"a"}`: object{".": leaf, "f:image": leaf, "f:name": leaf}}, "f:nodeSelector": object{"f:a": leaf}}},
		},
	}
	switch g.Intn(12) {
	case 0:
		return []any{entry("broken", "Patch", k.apiVersion(), "", fields)}
	case 1:
		return []any{entry("broken", "Update", "", "", fields)}
	case 2:
		broken := entry("broken", "Update", k.apiVersion(), "", fields)
		broken["fieldsType"] = []any{"FieldsV2", ""}[g.Intn(2)]
		return []any{broken}
	case 3:
		bare := entry("bare", "Apply", k.apiVersion(), "", fields)
		delete(bare, "fieldsV1")
		return []any{bare}
	}
	out := []any{}
	for _, version := range append([]string{k.apiVersion(), group + "v0gone"}, k.alike...) {
		if g.one(2) {
			out = append(out, entry("helm", "Apply", version, "", fields))
		} else {
			out = append(out, entry("helm", "Update", version, "", fields), entry("kubectl", "Update", version, "", fields))
		}
		if g.one(3) {
			out = append(out, entry("kube-controller-manager", "Update", version, "status", object{"f:status": object{"f:phase": leaf}}))
		}
	}
	if g.one(3) {
		delete(out[0].(object), "time")
	}
	return out
}
