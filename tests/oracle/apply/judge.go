package apply

import (
	"encoding/json"
	"errors"
	"sort"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

type object = map[string]any

// A step writes to the object of its chain.
type step struct {
	Op          string `json:"op"` // apply, update, scale or scale-apply
	Manager     string `json:"manager"`
	Subresource string `json:"subresource,omitempty"`
	Force       bool   `json:"force,omitempty"`
	Now         string `json:"now"`
	Object      object `json:"object,omitempty"`   // what is applied or written
	Replicas    int64  `json:"replicas,omitempty"` // of a scale
	// The answer: the object then, or why it stays.
	Live   object      `json:"live,omitempty"`
	Error  string      `json:"error,omitempty"`
	Causes [][2]string `json:"causes,omitempty"`
}

// versions converts between versions that are equal in shape, and knows no others.
type versions struct{ served map[string]bool }

func (v versions) Convert(in, out, context any) error { return errors.New("not asked for") }

func (v versions) ConvertFieldLabel(schema.GroupVersionKind, string, string) (string, string, error) {
	return "", "", errors.New("not asked for")
}

func (v versions) ConvertToVersion(in runtime.Object, target runtime.GroupVersioner) (runtime.Object, error) {
	gv, ok := target.(schema.GroupVersion)
	if !ok || !v.served[gv.String()] {
		return nil, runtime.NewNotRegisteredErrForTarget("versions", nil, target)
	}
	out := in.DeepCopyObject().(*unstructured.Unstructured)
	out.SetAPIVersion(gv.String())
	return out, nil
}

type creater struct{}

func (creater) New(gvk schema.GroupVersionKind) (runtime.Object, error) {
	empty := &unstructured.Unstructured{Object: object{}}
	empty.SetGroupVersionKind(gvk)
	return empty, nil
}

type defaulter struct{}

func (defaulter) Default(runtime.Object) {}

// A judge has the reference's managers of a kind, by subresource.
type judge struct {
	kind     kind
	managers map[string]*managedfields.FieldManager
}

func (k kind) apiVersion() string { return k.gvk.GroupVersion().String() }

func manager(k kind, subresource string, resets []string) *managedfields.FieldManager {
	served := map[string]bool{k.apiVersion(): true}
	for _, version := range k.alike {
		served[version] = true
	}
	filters := map[fieldpath.APIVersion]*fieldpath.Set{}
	if len(resets) > 0 {
		for version := range served {
			set := fieldpath.NewSet()
			for _, path := range resets {
				var parts []any
				for _, part := range strings.Split(path, ".") {
					parts = append(parts, part)
				}
				set.Insert(fieldpath.MakePathOrDie(parts...))
			}
			filters[fieldpath.APIVersion(version)] = set
		}
	}
	made := managedfields.NewDefaultFieldManager
	if k.gvk.Group == "example.dev" {
		made = managedfields.NewDefaultCRDFieldManager
	}
	m, err := made(k.types, versions{served}, defaulter{}, creater{}, k.gvk, k.gvk.GroupVersion(), subresource,
		fieldpath.NewExcludeFilterSetMap(filters))
	check(err)
	return m
}

func newJudge(k kind) *judge {
	j := &judge{kind: k, managers: map[string]*managedfields.FieldManager{}}
	for _, subresource := range []string{"", "status"} {
		j.managers[subresource] = manager(k, subresource, k.resets[subresource])
	}
	scale := k
	scale.gvk = schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"}
	scale.alike = nil
	if k.scalePath {
		scale.types = scaleTypes()
		j.managers["scale"] = manager(scale, "scale", nil)
	}
	return j
}

func (j *judge) empty() object {
	return object{"apiVersion": j.kind.apiVersion(), "kind": j.kind.gvk.Kind}
}

// run does a step and writes the answer into it. It gives the object after it.
func (j *judge) run(live object, s *step) object {
	s.Now = time.Now().UTC().Format(time.RFC3339)
	old := &unstructured.Unstructured{Object: clone(live)}
	var new runtime.Object
	var err error
	switch s.Op {
	case "apply":
		new, err = j.managers[s.Subresource].Apply(old, &unstructured.Unstructured{Object: clone(s.Object)}, s.Manager, s.Force)
	case "update":
		new, err = j.managers[s.Subresource].Update(old, &unstructured.Unstructured{Object: clone(s.Object)}, s.Manager)
	case "scale", "scale-apply":
		new, err = j.scale(old, s)
	}
	if err != nil {
		s.Error = err.Error()
		var status apierrors.APIStatus
		if errors.As(err, &status) && status.Status().Details != nil {
			for _, cause := range status.Status().Details.Causes {
				s.Causes = append(s.Causes, [2]string{cause.Message, cause.Field})
			}
			// The reference names managers in any order.
			sort.SliceStable(s.Causes, func(a, b int) bool { return s.Causes[a][0] < s.Causes[b][0] })
		}
		return live
	}
	after := clone(new.(*unstructured.Unstructured).Object)
	s.Live = clone(after)
	meta, ok := after["metadata"].(object)
	if !ok {
		meta = object{}
		after["metadata"] = meta
	}
	meta["uid"] = "u"
	return after
}

// scale writes the number of replicas as the handlers of workloads do.
func (j *judge) scale(live *unstructured.Unstructured, s *step) (runtime.Object, error) {
	paths := managedfields.ResourcePathMappings{j.kind.apiVersion(): fieldpath.MakePathOrDie("spec", "replicas")}
	handler := managedfields.NewScaleHandler(live.GetManagedFields(), j.kind.gvk.GroupVersion(), paths)
	entries, err := handler.ToSubresource()
	if err != nil {
		return nil, err
	}
	replicas, _, _ := unstructured.NestedInt64(live.Object, "spec", "replicas")
	scale := func(replicas int64) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: object{
			"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": object{"name": "x"}, "spec": object{"replicas": replicas},
		}}
	}
	old := scale(replicas)
	old.SetUID("u")
	old.SetManagedFields(entries)
	var new runtime.Object
	if s.Op == "scale" {
		wanted := scale(s.Replicas)
		wanted.SetUID("u")
		wanted.SetManagedFields(entries)
		new, err = j.managers["scale"].Update(old, wanted, s.Manager)
	} else {
		new, err = j.managers["scale"].Apply(old, scale(s.Replicas), s.Manager, s.Force)
	}
	if err != nil {
		return nil, err
	}
	entries, err = handler.ToParent(new.(*unstructured.Unstructured).GetManagedFields())
	if err != nil {
		return nil, err
	}
	after := live.DeepCopy()
	check(unstructured.SetNestedField(after.Object, s.Replicas, "spec", "replicas"))
	after.SetManagedFields(entries)
	return after, nil
}

func clone(o object) object {
	return runtime.DeepCopyJSON(o)
}

func text(v any) string {
	out, err := json.Marshal(v)
	check(err)
	return string(out)
}

func replaceAll(s, old, new string) string { return strings.ReplaceAll(s, old, new) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}
