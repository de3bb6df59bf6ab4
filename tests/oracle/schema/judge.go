package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/kube-openapi/pkg/schemaconv"
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
)

// Use is what is said of a place.
type Use struct {
	// Where its type was met first. Only then is it not told again what lies below.
	Same string `json:"same,omitempty"`
	// One of the two types that every schema has.
	Known  string   `json:"known,omitempty"`
	Scalar string   `json:"scalar,omitempty"`
	List   string   `json:"list,omitempty"`
	Keys   []string `json:"keys,omitempty"`
	Map    string   `json:"map,omitempty"`
	// Of a field.
	Default    any      `json:"default,omitempty"`
	Strategies []string `json:"strategies,omitempty"`
	MergeKey   string   `json:"mergeKey,omitempty"`
}

type walk struct {
	types   *schema.Schema
	models  map[string]*spec.Schema
	met     map[string]string
	kind    string
	uses    map[string]*Use
	trouble error
}

// judge is what NewTypeConverter of apimachinery's managedfields does, and then a look at everything in it.
func judge(text json.RawMessage) (map[string]map[string]*Use, error) {
	var document spec3.OpenAPI
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	models := map[string]*spec.Schema{}
	if document.Components != nil {
		models = document.Components.Schemas
	}
	types, err := schemaconv.ToSchemaFromOpenAPI(models, false)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for name, model := range models {
		// Such a kind has a type that is not there: no object of it can be read.
		if model.Ref.String() != "" {
			continue
		}
		for _, kind := range kinds(model) {
			named[kind] = name
		}
	}
	order := make([]string, 0, len(named))
	for kind := range named {
		order = append(order, kind)
	}
	sort.Strings(order)
	w := walk{types: types, models: models, met: map[string]string{}}
	all := map[string]map[string]*Use{}
	for _, kind := range order {
		w.kind, w.uses = kind, map[string]*Use{}
		name := named[kind]
		w.use("", schema.TypeRef{NamedType: &name}, models[name])
		all[kind] = w.uses
	}
	return all, w.trouble
}

// As typeconverter.go reads them.
func kinds(model *spec.Schema) []string {
	var named []string
	entries, _ := model.Extensions["x-kubernetes-group-version-kind"].([]any)
	for _, entry := range entries {
		parts, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		group, isGroup := parts["group"].(string)
		version, isVersion := parts["version"].(string)
		kind, isKind := parts["kind"].(string)
		if isGroup && isVersion && isKind && kind != "" {
			named = append(named, group+"/"+version+"/"+kind)
		}
	}
	return named
}

func (w *walk) use(path string, ref schema.TypeRef, model *spec.Schema) *Use {
	use := &Use{}
	w.uses[path] = use
	atom, ok := w.types.Resolve(ref)
	if !ok {
		w.trouble = fmt.Errorf("%s%s: no such type", w.kind, path)
		return use
	}
	if atom.Scalar != nil {
		use.Scalar = string(*atom.Scalar)
	}
	if atom.List != nil {
		switch {
		case atom.List.ElementRelationship == schema.Atomic:
			use.List = "atomic"
		case atom.List.ElementRelationship != schema.Associative:
			// Every use of such a list is refused.
			w.trouble = fmt.Errorf("%s%s: a list cannot be %s", w.kind, path, atom.List.ElementRelationship)
		case len(atom.List.Keys) == 0:
			use.List = "set"
		default:
			use.List, use.Keys = "map", atom.List.Keys
		}
	}
	if atom.Map != nil {
		use.Map = "granular"
		if atom.Map.ElementRelationship == schema.Atomic {
			use.Map = "atomic"
		}
	}
	if ref.NamedType != nil {
		switch *ref.NamedType {
		case "__untyped_atomic_":
			use.Known = "untyped"
			return use
		case "__untyped_deduced_":
			use.Known = "deduced"
			return use
		}
		if met, again := w.met[*ref.NamedType]; again {
			use.Same = met
			return use
		}
		w.met[*ref.NamedType] = w.kind + path
	}
	w.below(path, atom, w.resolved(model))
	return use
}

func (w *walk) below(path string, atom schema.Atom, model *spec.Schema) {
	if atom.List != nil && known(atom.List.ElementType) {
		var items *spec.Schema
		if model.Items != nil {
			items = model.Items.Schema
		}
		w.use(path+"[]", atom.List.ElementType, items)
	}
	if atom.Map == nil {
		return
	}
	// The order decides where a type is met first.
	fields := append([]schema.StructField{}, atom.Map.Fields...)
	sort.Slice(fields, func(i, j int) bool { return fields[i].Name < fields[j].Name })
	patches := strategicpatch.PatchMetaFromOpenAPIV3{SchemaList: w.models, Schema: model}
	for _, field := range fields {
		member := model.Properties[field.Name]
		use := w.use(path+"."+field.Name, field.Type, &member)
		use.Default = field.Default
		_, meta, err := patches.LookupPatchMetadataForStruct(field.Name)
		if err != nil {
			w.trouble = err
			continue
		}
		use.Strategies, use.MergeKey = meta.GetPatchStrategies(), meta.GetPatchMergeKey()
		if use.List == "" || member.Items == nil || member.Items.Schema == nil {
			continue
		}
		_, again, err := strategicpatch.PatchMetaFromOpenAPIV3{SchemaList: w.models, Schema: model}.LookupPatchMetadataForSlice(field.Name)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(meta) {
			w.trouble = fmt.Errorf("%s%s.%s: patches of the list differ: %v", w.kind, path, field.Name, err)
		}
	}
	if known(atom.Map.ElementType) {
		var element *spec.Schema
		if model.AdditionalProperties != nil {
			element = model.AdditionalProperties.Schema
		}
		w.use(path+".*", atom.Map.ElementType, element)
	}
}

// An empty reference says that there is nothing.
func known(ref schema.TypeRef) bool {
	return ref.NamedType != nil || ref.Inlined != (schema.Atom{})
}

// What a reference refers to.
func (w *walk) resolved(model *spec.Schema) *spec.Schema {
	if model == nil {
		return &spec.Schema{}
	}
	ref := model.Ref.String()
	if ref == "" && len(model.AllOf) == 1 {
		ref = model.AllOf[0].Ref.String()
	}
	if name := ref[strings.LastIndex(ref, "/")+1:]; name != "" {
		if target, ok := w.models[name]; ok {
			return target
		}
	}
	return model
}
