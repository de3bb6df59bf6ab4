package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
)

const documents = 700

type document struct {
	name string
	text json.RawMessage
}

type object = map[string]any

// random is a maker of schemas. The same seed makes the same ones.
type random struct {
	*rand.Rand
	// Definitions that can be referred to.
	names []string
	// What is rarely right: only some documents have it.
	broken bool
}

func generate() []document {
	var all []document
	for number := range documents {
		r := random{Rand: rand.New(rand.NewSource(int64(number)))}
		r.broken = r.one(6)
		all = append(all, document{fmt.Sprintf("generated %d", number), r.document()})
	}
	for name, text := range map[string]string{
		"no components": `{"openapi": "3.0.0"}`,
		"no schemas":    `{"openapi": "3.0.0", "components": {}}`,
	} {
		all = append(all, document{name, json.RawMessage(text)})
	}
	// Maps have no order.
	if all[len(all)-1].name < all[len(all)-2].name {
		all[len(all)-1], all[len(all)-2] = all[len(all)-2], all[len(all)-1]
	}
	return all
}

func (r *random) one(of int) bool { return r.Intn(of) == 0 }

func pick[T any](r *random, from ...T) T { return from[r.Intn(len(from))] }

func (r *random) document() json.RawMessage {
	r.names = []string{"com.example.v1.A"}
	for _, name := range []string{"com.example.v1.B", "com.example.v1.C", "io.k8s.apimachinery.pkg.api.resource.Quantity", "io.k8s.apimachinery.pkg.runtime.RawExtension"} {
		if r.one(2) {
			r.names = append(r.names, name)
		}
	}
	schemas := object{}
	for number, name := range r.names {
		schema := r.schema(3)
		// Where a definition is only a reference there is none of its name.
		if r.one(200) {
			schema = object{"$ref": "#/components/schemas/" + r.names[0]}
		}
		schema["x-kubernetes-group-version-kind"] = r.kinds(number)
		schemas[name] = schema
	}
	text, err := json.Marshal(object{"openapi": "3.0.0", "components": object{"schemas": schemas}})
	if err != nil {
		panic(err)
	}
	return text
}

func (r *random) kinds(number int) any {
	kinds := []any{object{"group": "example.com", "version": "v1", "kind": fmt.Sprintf("Kind%d", number)}}
	for range r.Intn(3) {
		kinds = append(kinds, pick[any](r,
			object{"group": "", "version": "v1", "kind": fmt.Sprintf("Core%d", number)},
			object{"group": "example.com", "version": "v1", "kind": ""},
			object{"group": "example.com", "version": "v1"},
			object{"version": "v1", "kind": "Nowhere"},
			object{"group": "example.com", "version": 1, "kind": "Odd"},
			"odd"))
	}
	return kinds
}

func (r *random) schema(depth int) object {
	schema := object{}
	kind := pick(r, "object", "object", "object", "array", "array", "string", "integer", "number", "boolean", "")
	if depth == 0 {
		kind = pick(r, "string", "integer", "number", "boolean", "")
	}
	switch kind {
	case "":
		r.anything(schema, depth)
	case "object":
		r.fields(schema, depth)
	case "array":
		r.items(schema, depth)
	case "string":
		if r.one(2) {
			schema["format"] = pick(r, "", "byte", "int-or-string", "date-time", "uuid")
		}
	case "integer", "number":
		if r.one(2) {
			schema["format"] = pick(r, "int32", "int64", "double")
		}
	}
	if kind != "" {
		schema["type"] = kind
	}
	if r.one(20) && kind != "" {
		schema["type"] = []any{kind, "null"}
	}
	if r.one(40) {
		schema["type"] = nil
	}
	if r.one(10) {
		schema["x-kubernetes-preserve-unknown-fields"] = pick[any](r, true, true, true, false)
	}
	if r.one(12) {
		schema["nullable"] = true
	}
	if r.broken && r.one(12) {
		schema["type"] = pick(r, "strange", "null")
	}
	return schema
}

func (r *random) anything(schema object, depth int) {
	switch r.Intn(5) {
	case 0:
		schema["x-kubernetes-int-or-string"] = true
		schema["anyOf"] = []any{object{"type": "integer"}, object{"type": "string"}}
	case 1:
		r.fields(schema, depth)
	case 2:
		r.items(schema, depth)
	case 3:
		schema["oneOf"] = []any{object{"type": "string"}}
		schema["format"] = "int-or-string"
	}
}

func (r *random) fields(schema object, depth int) {
	if depth > 0 && !r.one(4) {
		fields := object{}
		for _, name := range []string{"apiVersion", "kind", "name", "port", "protocol", "properties", "*"} {
			if r.one(3) {
				fields[name] = r.member(depth - 1)
			}
		}
		schema["properties"] = fields
	}
	if r.one(3) {
		schema["additionalProperties"] = pick[any](r, true, false, r.slot(max(depth-1, 0)), r.slot(max(depth-1, 0)))
	}
	if r.one(4) {
		schema["x-kubernetes-map-type"] = pick(r, "atomic", "granular")
	}
	if r.broken && r.one(8) {
		schema["x-kubernetes-map-type"] = pick(r, "strange", "")
	}
	if r.one(10) {
		schema["x-kubernetes-embedded-resource"] = true
	}
	if r.one(30) {
		schema["properties"] = nil
	}
	if r.one(30) {
		schema["additionalProperties"] = nil
	}
}

func (r *random) items(schema object, depth int) {
	schema["items"] = r.slot(max(depth-1, 0))
	switch r.Intn(8) {
	case 0:
		schema["x-kubernetes-list-type"] = "atomic"
	case 1:
		schema["x-kubernetes-list-type"] = "set"
	case 2, 3:
		schema["x-kubernetes-list-type"] = "map"
		schema["x-kubernetes-list-map-keys"] = pick[any](r, []any{"name"}, []any{"port", "protocol"}, []any{}, []any{"name", 3})
	}
	if r.one(4) {
		r.patches(schema)
	}
	if !r.broken {
		return
	}
	switch r.Intn(12) {
	case 0:
		schema["x-kubernetes-list-type"] = pick(r, "strange", "")
	case 1:
		schema["x-kubernetes-list-type"] = "map"
		delete(schema, "x-kubernetes-list-map-keys")
	case 2:
		schema["x-kubernetes-list-type"] = "map"
		schema["x-kubernetes-list-map-keys"] = "name"
	case 3:
		delete(schema, "items")
	case 4:
		schema["items"] = []any{object{"type": "string"}}
	case 5:
		schema["x-kubernetes-patch-strategy"] = pick(r, "replace", "strange", "retainKeys,merge")
	case 6:
		schema["items"] = nil
	case 7:
		delete(schema, "x-kubernetes-list-type")
		schema["x-kubernetes-patch-strategy"], schema["x-kubernetes-patch-merge-key"] = "merge", 3
	}
}

// Of a list: the older ways to say how its items are told apart.
func (r *random) patches(schema object) {
	schema["x-kubernetes-patch-strategy"] = pick(r, "merge", "merge", "merge,retainKeys", "retainKeys")
	if r.one(2) {
		schema["x-kubernetes-patch-merge-key"] = pick(r, "name", "port")
	}
}

// A field: what a slot says, a default, and how it is patched.
func (r *random) member(depth int) object {
	member := r.slot(depth)
	if r.one(3) {
		member["default"] = pick[any](r, "TCP", "", 80, 0, 1.5, true, false, nil, object{}, object{"name": "a"}, []any{}, []any{"a"})
	}
	_, refers := member["$ref"]
	_, wraps := member["allOf"]
	if (refers || wraps || member["type"] == "object") && r.one(6) {
		member["x-kubernetes-patch-strategy"] = pick(r, "retainKeys", "replace", "merge", "merge,retainKeys")
	}
	return member
}

func (r *random) slot(depth int) object {
	if !r.one(3) {
		return r.schema(depth)
	}
	reference := object{"$ref": "#/components/schemas/" + pick(r, r.names...)}
	if r.broken && r.one(10) {
		reference["$ref"] = "#/components/schemas/com.example.v1.None"
	}
	slot := reference
	if r.one(2) {
		slot = object{"allOf": []any{reference}}
	}
	if r.one(20) {
		slot["type"] = "object"
	}
	if r.broken && r.one(6) || r.one(40) {
		slot["x-kubernetes-map-type"] = pick(r, "atomic", "granular")
	}
	if r.broken && r.one(8) {
		slot["x-kubernetes-map-type"] = "strange"
	}
	// Of several nobody knows which one counts.
	if r.one(20) {
		slot = object{"allOf": []any{object{"$ref": reference["$ref"]}, object{"description": "more"}}}
	}
	return slot
}
