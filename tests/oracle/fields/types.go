package main

import "sigs.k8s.io/structured-merge-diff/v6/schema"

// closure gives the types of these names, and all that they name, as JSON.
func closure(all *schema.Schema, names map[string]bool) map[string]any {
	all = &customTypes().Schema
	found := map[string]any{}
	var add func(reference schema.TypeRef) map[string]any
	var atom func(atom schema.Atom) map[string]any
	add = func(reference schema.TypeRef) map[string]any {
		use := map[string]any{}
		if reference.ElementRelationship != nil {
			use["relationship"] = *reference.ElementRelationship
		}
		if reference.NamedType == nil {
			use["inlined"] = atom(reference.Inlined)
			return use
		}
		name := *reference.NamedType
		use["named"] = name
		if _, is := found[name]; !is {
			found[name] = nil
			definition, _ := all.FindNamedType(name)
			found[name] = atom(definition.Atom)
		}
		return use
	}
	atom = func(of schema.Atom) map[string]any {
		says := map[string]any{}
		if of.Scalar != nil {
			says["scalar"] = *of.Scalar
		}
		if of.List != nil {
			says["list"] = map[string]any{
				"element": add(of.List.ElementType), "relationship": of.List.ElementRelationship, "keys": of.List.Keys,
			}
		}
		if of.Map != nil {
			fields := map[string]any{}
			for _, field := range of.Map.Fields {
				use := add(field.Type)
				// A key is a scalar: no other default matters to ownership.
				switch field.Default.(type) {
				case string, bool, int, float64:
					use["default"] = field.Default
				}
				fields[field.Name] = use
			}
			says["map"] = map[string]any{"fields": fields, "relationship": of.Map.ElementRelationship}
			if of.Map.ElementType.NamedType != nil || of.Map.ElementType.Inlined != (schema.Atom{}) {
				says["map"].(map[string]any)["element"] = add(of.Map.ElementType)
			}
		}
		return says
	}
	for name := range names {
		add(schema.TypeRef{NamedType: &name})
	}
	return found
}
