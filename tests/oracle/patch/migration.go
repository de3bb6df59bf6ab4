package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// fields is a random tree of fields; a broken one now and then.
func fields(r *rand.Rand, depth int) any {
	if r.IntN(150) == 0 {
		return pick[any](r, nil, "text", []any{}, map[string]any{"nonsense": map[string]any{}}, map[string]any{"k:{": map[string]any{}},
			map[string]any{"x:later": map[string]any{"f:a": map[string]any{}}}, map[string]any{"i:one": map[string]any{}}, map[string]any{"v:": map[string]any{}},
			map[string]any{"f": map[string]any{}}, map[string]any{"v:1 2": map[string]any{}}, map[string]any{"f:a": nil}, map[string]any{"f:a": int64(1)})
	}
	tree := map[string]any{}
	if depth == 0 {
		return tree
	}
	for range r.IntN(5) {
		key := "f:" + pick(r, "spec", "replicas", "metadata", "labels", "a.b/c", "", "containers", "template")
		switch r.IntN(6) {
		case 0:
			key = "k:" + pick(r, `{"name":"web"}`, `{"name":"a"}`, `{"protocol":"TCP","containerPort":80}`, `{"containerPort":443,"protocol":"TCP"}`,
				`{"containerPort":80}`, `{"containerPort":"80"}`)
		case 1:
			key = "v:" + pick(r, `"a"`, `"b"`, `1`, `2.0`, `10`, `9`, `true`, `null`, `{"a":1}`, `[1,2]`)
		case 2:
			if r.IntN(3) == 0 {
				key = "i:" + pick(r, "0", "1", "10", "9", "-1")
			}
		}
		tree[key] = fields(r, depth-1)
	}
	if r.IntN(3) == 0 {
		tree["."] = map[string]any{}
	}
	return tree
}

func entry(r *rand.Rand, place int) any {
	made := map[string]any{
		"manager":    pick(r, "helm", "helm", "helm", "helm-controller", "kubectl-edit", "kube-controller-manager"),
		"operation":  pick(r, "Update", "Update", "Apply"),
		"apiVersion": pick(r, "apps/v1", "apps/v1", "apps/v1", "apps/v1beta1"),
		"time":       fmt.Sprintf("2026-11-21T18:00:%02dZ", place),
		"fieldsType": "FieldsV1",
		"fieldsV1":   fields(r, 3),
	}
	if r.IntN(3) == 0 {
		made["subresource"] = pick(r, "status", "scale")
	}
	if r.IntN(15) == 0 {
		delete(made, pick(r, "manager", "operation", "apiVersion", "fieldsV1", "fieldsType"))
	}
	return made
}

// migrations prints what becomes of managed fields when a client turns from client-side to server-side apply.
func migrations(r *rand.Rand, count int, write func(any)) {
	for made := 0; made < count; {
		entries := make([]any, r.IntN(7))
		for i := range entries {
			entries[i] = entry(r, i)
		}
		metadata := map[string]any{"name": "web", "resourceVersion": "7", "managedFields": entries}
		if r.IntN(100) == 0 {
			delete(metadata, "managedFields")
		}
		object := map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}
		from := []string{"helm"}
		if r.IntN(3) == 0 {
			from = append(from, pick(r, "kubectl-edit", "helm-controller"))
		}
		to, subresource := pick(r, "helm", "helm", "helm-controller", "other"), pick(r, "", "", "", "status")
		line := map[string]any{"metadata": metadata, "from": from, "to": to}
		var options []csaupgrade.Option
		if subresource != "" {
			line["subresource"] = subresource
			options = append(options, csaupgrade.Subresource(subresource))
		}
		patch, failure, ok := steady(func() ([]byte, error) {
			return csaupgrade.UpgradeManagedFieldsPatch(&unstructured.Unstructured{Object: clone(object).(map[string]any)}, sets.New(from...), to, options...)
		})
		if !ok {
			continue
		}
		upgraded, failed, ok := steady(func() ([]byte, error) {
			object := &unstructured.Unstructured{Object: clone(object).(map[string]any)}
			err := csaupgrade.UpgradeManagedFields(object, sets.New(from...), to, options...)
			return []byte(text(object.Object["metadata"])), err
		})
		if !ok {
			continue
		}
		if (failed == "") != (failure == "") {
			panic("one is refused, the other is not")
		}
		if failure != "" {
			line["error"] = failure
		} else if patch != nil {
			line["patch"] = rawJSON(patch)
			// What the one says in its patch the other does to the object; said once.
			inPatch := rawJSON(patch).([]any)[0].(map[string]any)["value"]
			if text(inPatch) != text(rawJSON(upgraded).(map[string]any)["managedFields"]) {
				panic("the patch says something else")
			}
		}
		wanted, err := fieldpath.NewSet(), error(nil)
		tree := fields(r, 2)
		if r.IntN(2) == 0 && len(entries) > 0 {
			tree = entries[r.IntN(len(entries))].(map[string]any)["fieldsV1"]
		}
		if err = wanted.FromJSON(bytes.NewReader([]byte(text(tree)))); err == nil {
			operation := pick(r, metav1.ManagedFieldsOperationUpdate, metav1.ManagedFieldsOperationApply)
			object := &unstructured.Unstructured{Object: clone(object).(map[string]any)}
			owners := []string{}
			for _, owner := range csaupgrade.FindFieldsOwners(object.GetManagedFields(), operation, wanted) {
				owners = append(owners, owner.Time.UTC().Format("2006-01-02T15:04:05Z"))
			}
			line["wanted"], line["operation"], line["owners"] = tree, operation, owners
		}
		write(line)
		made++
	}
}

func rawJSON(written []byte) any {
	return read([]byte(fmt.Sprintf(`{"it":%s}`, written)))["it"]
}
