package main

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// types describes what the structs of a kind say about its fields; of each struct one entry.
func types(kinds []schema.GroupVersionKind) map[string]any {
	structs := map[string]any{}
	roots := map[string]any{}
	for _, kind := range kinds {
		object, err := native.New(kind)
		if err != nil {
			continue
		}
		roots[kind.GroupVersion().String()+"/"+kind.Kind] = describe(reflect.TypeOf(object).Elem(), structs)
	}
	return map[string]any{"kinds": roots, "structs": structs}
}

// describe gives the name of a struct, {"list": element}, {"map": element}, or null for a scalar.
func describe(t reflect.Type, structs map[string]any) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Map:
		return map[string]any{"map": describe(t.Elem(), structs)}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return nil
		}
		return map[string]any{"list": describe(t.Elem(), structs)}
	case reflect.Struct:
	default:
		return nil
	}
	switch t.Name() {
	case "Quantity", "IntOrString", "Time", "MicroTime", "Duration", "FieldsV1", "RawExtension", "JSON":
		return nil
	}
	name := t.PkgPath()[strings.Index(t.PkgPath(), "/")+1:] + "." + t.Name()
	if _, ok := structs[name]; !ok {
		fields := map[string]any{}
		structs[name] = fields
		addFields(t, fields, structs)
	}
	return name
}

func addFields(t reflect.Type, fields, structs map[string]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && (name == "" || strings.Contains(options, "inline")) {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			addFields(inner, fields, structs)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		entry := map[string]any{"type": describe(field.Type, structs)}
		if strategy := field.Tag.Get("patchStrategy"); strategy != "" {
			entry["strategy"] = strategy
		}
		if key := field.Tag.Get("patchMergeKey"); key != "" {
			entry["key"] = key
		}
		fields[name] = entry
	}
}
