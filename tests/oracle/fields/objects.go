package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

// place is a recorded object: the file, and how many objects stand before it.
type place struct {
	File  string `json:"file"`
	Index int    `json:"index"`
}

type answer struct {
	Objects []place `json:"objects"`
	// The name of the object's type.
	Type    string   `json:"type"`
	Entries []string `json:"entries"`
	Leaves  []leaf   `json:"leaves"`
	Values  []value  `json:"values"`
}

type leaf struct {
	Path    string `json:"path"`
	Owners  []int  `json:"owners"`
	Present bool   `json:"present"`
}

// value is a value of the object that holds no other: the names that lead to it, without the places of items, and whose sets
// have it. What it is, the object says: so objects that differ in nothing else have one answer.
type value struct {
	Names  string `json:"names"`
	Owners []int  `json:"owners"`
}

// custom is the type of kinds that the built-in types lack: what the API server assumes, with the metadata of every object.
const custom = "custom"

func recordedObjects(folder string, write func(any)) {
	files := must(filepath.Glob(filepath.Join(folder, "*.gz")))
	sort.Strings(files)
	answers := map[string]*answer{}
	var order []string
	types := map[string]bool{}
	var all *schema.Schema
	for _, file := range files {
		for index, object := range objectsOf(file) {
			typedObject := typeOf(object)
			all = typedObject.Schema()
			one := judge(object, typedObject)
			types[one.Type] = true
			key := string(must(json.Marshal(one)))
			if answers[key] == nil {
				answers[key] = one
				order = append(order, key)
			}
			answers[key].Objects = append(answers[key].Objects, place{filepath.Base(file), index})
		}
	}
	write(map[string]any{"types": closure(all, types)})
	for _, key := range order {
		write(answers[key])
	}
}

// objectsOf gives the objects of a recording in the order in which they were seen.
func objectsOf(file string) []map[string]any {
	text := must(io.ReadAll(must(gzip.NewReader(bytes.NewReader(must(os.ReadFile(file)))))))
	var objects []map[string]any
	for _, line := range bytes.Split(text, []byte{'\n'}) {
		var seen map[string]any
		if len(line) == 0 {
			continue
		}
		check(json.Unmarshal(line, &seen))
		if object, is := seen["object"].(map[string]any); is {
			objects = append(objects, object)
		} else if items, is := seen["items"].([]any); is {
			for _, item := range items {
				objects = append(objects, item.(map[string]any))
			}
		} else if seen["kind"] != nil {
			objects = append(objects, seen)
		}
	}
	return objects
}

var converter = applyconfigurations.NewTypeConverter(scheme.Scheme)

func typeOf(object map[string]any) *typed.TypedValue {
	object = bare(object)
	builtIn, err := converter.ObjectToTyped(&unstructured.Unstructured{Object: object}, typed.AllowDuplicates)
	if err == nil {
		return builtIn
	}
	name := custom
	return must(customTypes().Type(name).FromUnstructured(object, typed.AllowDuplicates))
}

// bare is the object as managers own it.
func bare(object map[string]any) map[string]any {
	copied := (&unstructured.Unstructured{Object: object}).DeepCopy().Object
	unstructured.RemoveNestedField(copied, "metadata", "managedFields")
	return copied
}

var known *typed.Parser

func customTypes() *typed.Parser {
	if known == nil {
		pod := must(converter.ObjectToTyped(&unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod"}}))
		meta, deduced := "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "__untyped_deduced_"
		known = &typed.Parser{Schema: schema.Schema{Types: append([]schema.TypeDef{{Name: custom, Atom: schema.Atom{Map: &schema.Map{
			Fields:              []schema.StructField{{Name: "metadata", Type: schema.TypeRef{NamedType: &meta}}},
			ElementType:         schema.TypeRef{NamedType: &deduced},
			ElementRelationship: schema.Separable,
		}}}}, pod.Schema().Types...)}}
	}
	return known
}

func judge(object map[string]any, live *typed.TypedValue) *answer {
	reference := live.TypeRef()
	one := &answer{Type: *reference.NamedType, Entries: []string{}, Leaves: []leaf{}, Values: []value{}}
	metadata, _ := object["metadata"].(map[string]any)
	entries, _ := metadata["managedFields"].([]any)
	var sets []*fieldpath.Set
	leaves := &fieldpath.Set{}
	for _, entry := range entries {
		set := must(parse(string(must(json.Marshal(entry.(map[string]any)["fieldsV1"])))))
		sets = append(sets, set)
		one.Entries = append(one.Entries, canonical(set))
		set.Leaves().Iterate(func(path fieldpath.Path) { leaves.Insert(path) })
	}
	held := must(live.ToFieldSet())
	present := held.EnsureNamedFieldsAreMembers(live.Schema(), reference)
	leaves.Iterate(func(path fieldpath.Path) {
		owners := []int{}
		for index, set := range sets {
			if set.Leaves().Has(path) {
				owners = append(owners, index)
			}
		}
		one.Leaves = append(one.Leaves, leaf{path.String(), owners, present.Has(path)})
	})
	held.Leaves().Iterate(func(path fieldpath.Path) {
		owners := []int{}
		for index, set := range sets {
			if set.Has(path) {
				owners = append(owners, index)
			}
		}
		alone := live.ExtractItems(fieldpath.NewSet(path))
		flatten(nil, alone.AsValue().Unstructured(), func(names []string) {
			one.Values = append(one.Values, value{strings.Join(names, "/"), owners})
		})
	})
	sort.Slice(one.Leaves, func(i, j int) bool { return one.Leaves[i].Path < one.Leaves[j].Path })
	return one
}

func flatten(names []string, found any, visit func([]string)) {
	switch found := found.(type) {
	case map[string]any:
		keys := []string{}
		for key := range found {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			flatten(append(names[:len(names):len(names)], key), found[key], visit)
		}
		if len(keys) == 0 {
			visit(names)
		}
	case []any:
		for _, item := range found {
			flatten(append(names[:len(names):len(names)], ""), item, visit)
		}
		if len(found) == 0 {
			visit(names)
		}
	default:
		visit(names)
	}
}
