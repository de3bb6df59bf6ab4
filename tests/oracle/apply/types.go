package apply

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
)

// A root is the type of a kind.
type root struct {
	schema *smd.Schema
	ref    smd.TypeRef
}

func rootOf(types managedfields.TypeConverter, gvk schema.GroupVersionKind) root {
	empty := &unstructured.Unstructured{Object: object{}}
	empty.SetGroupVersionKind(gvk)
	typed, err := types.ObjectToTyped(empty)
	check(err)
	return root{typed.Schema(), typed.TypeRef()}
}

// describe writes the types that a type needs, by name.
func (r root) describe(all object) string {
	r.describeRef(r.ref, all)
	return *r.ref.NamedType
}

func (r root) describeRef(ref smd.TypeRef, all object) any {
	out := object{}
	if ref.ElementRelationship != nil {
		out["relationship"] = string(*ref.ElementRelationship)
	}
	if ref.NamedType == nil {
		out["inlined"] = r.describeAtom(ref.Inlined, all)
		return out
	}
	name := *ref.NamedType
	out["named"] = name
	if _, done := all[name]; !done {
		all[name] = object{}
		named, _ := r.schema.FindNamedType(name)
		all[name] = r.describeAtom(named.Atom, all)
	}
	return out
}

func (r root) describeAtom(atom smd.Atom, all object) any {
	out := object{}
	if atom.Scalar != nil {
		out["scalar"] = string(*atom.Scalar)
	}
	if atom.List != nil {
		out["list"] = object{
			"element": r.describeRef(atom.List.ElementType, all), "relationship": string(atom.List.ElementRelationship),
			"keys": atom.List.Keys,
		}
	}
	if atom.Map != nil {
		fields := object{}
		for _, field := range atom.Map.Fields {
			fields[field.Name] = object{"type": r.describeRef(field.Type, all), "default": plain(field.Default)}
		}
		m := object{"fields": fields, "relationship": string(atom.Map.ElementRelationship)}
		if element := atom.Map.ElementType; element.NamedType != nil || element.Inlined != (smd.Atom{}) {
			m["element"] = r.describeRef(element, all)
		}
		out["map"] = m
	}
	return out
}

// plain is a default as JSON has it: only empty maps come as YAML's.
func plain(value any) any {
	if m, ok := value.(map[any]any); ok && len(m) == 0 {
		return object{}
	}
	return value
}
