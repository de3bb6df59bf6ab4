package main

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// cluster is one that answers as a case wants it to.
type cluster struct {
	object *unstructured.Unstructured
	reader *Reader
}

func (c cluster) Get(_ context.Context, _ client.ObjectKey, u *unstructured.Unstructured) error {
	if err := failure(c.reader.Get); err != nil {
		return err
	}
	u.Object = c.object.Object
	return nil
}

func (c cluster) ListNamespaceScoped(_ context.Context, list *unstructured.UnstructuredList, namespace string, selector labels.Selector) error {
	if err := failure(c.reader.List); err != nil {
		return err
	}
	for _, text := range c.reader.Objects {
		object := unstructured.Unstructured{Object: read(text)}
		near := namespace == "" || object.GetNamespace() == namespace
		if near && object.GroupVersionKind().GroupKind() == list.GroupVersionKind().GroupKind() && selector.Matches(labels.Set(object.GetLabels())) {
			list.Items = append(list.Items, object)
		}
	}
	return nil
}

func (c cluster) ListClusterScoped(ctx context.Context, list *unstructured.UnstructuredList, selector labels.Selector) error {
	return c.ListNamespaceScoped(ctx, list, "", selector)
}

func (c cluster) Sync(context.Context) error { return nil }

func failure(name string) error {
	switch name {
	case "", "unmapped":
		return nil
	case "404":
		return apierrors.NewNotFound(schema.GroupResource{Resource: "things"}, "")
	case "403":
		return apierrors.NewForbidden(schema.GroupResource{Resource: "things"}, "", known["broken"])
	default:
		return known[name]
	}
}

// mapper knows every kind that readers ask for, unless the case says that it is not served.
func mapper(found *Reader) meta.RESTMapper {
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{
		{Version: "v1"}, {Group: "apps", Version: "v1"}, {Group: "batch", Version: "v1"}, {Group: "extensions", Version: "v1beta1"},
	})
	if found.Get == "unmapped" {
		return mapper
	}
	for _, kind := range []schema.GroupVersionKind{
		{Group: "apps", Version: "v1", Kind: "Deployment"},
		{Group: "apps", Version: "v1", Kind: "StatefulSet"},
		{Group: "extensions", Version: "v1beta1", Kind: "Deployment"},
		{Group: "extensions", Version: "v1beta1", Kind: "ReplicaSet"},
		{Group: "apps", Version: "v1", Kind: "DaemonSet"},
		{Group: "batch", Version: "v1", Kind: "Job"},
	} {
		mapper.Add(kind, meta.RESTScopeNamespace)
	}
	if found.List != "unmapped" {
		mapper.Add(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "ReplicaSet"}, meta.RESTScopeNamespace)
		mapper.Add(schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, meta.RESTScopeNamespace)
	}
	return mapper
}
