package apply

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// A kind is one whose objects are written.
type kind struct {
	name      string
	gvk       schema.GroupVersionKind
	types     managedfields.TypeConverter
	alike     []string            // further versions that are served, equal in shape
	resets    map[string][]string // what cannot be written, by subresource: paths with dots
	hot       []string            // fields that are set more often than others
	scalePath bool
}

// custom is the schema of a CustomResourceDefinition, in two versions, as an API server builds it.
const custom = `{
  "dev.example.meta": {"type": "object", "properties": {
    "name": {"type": "string"}, "namespace": {"type": "string"}, "uid": {"type": "string"}, "resourceVersion": {"type": "string"},
    "generation": {"type": "integer"},
    "labels": {"type": "object", "additionalProperties": {"type": "string", "default": ""}},
    "annotations": {"type": "object", "additionalProperties": {"type": "string", "default": ""}},
    "finalizers": {"type": "array", "items": {"type": "string", "default": ""}, "x-kubernetes-list-type": "set"},
    "managedFields": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}, "x-kubernetes-list-type": "atomic"}
  }},
  "dev.example.VERSION.Widget": {
    "type": "object",
    "x-kubernetes-group-version-kind": [{"group": "example.dev", "version": "VERSION", "kind": "Widget"}],
    "properties": {
      "apiVersion": {"type": "string"}, "kind": {"type": "string"},
      "metadata": {"$ref": "#/definitions/dev.example.meta"},
      "spec": {"type": "object", "properties": {
        "size": {"type": "integer"}, "ratio": {"type": "number"}, "on": {"type": "boolean"}, "color": {"type": "string"},
        "either": {"x-kubernetes-int-or-string": true},
        "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"], "items": {
          "type": "object", "properties": {
            "port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "name": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}}}},
        "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
          "type": "object", "properties": {
            "name": {"type": "string"}, "count": {"type": "integer"},
            "pieces": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], "items": {
              "type": "object", "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}},
            "limits": {"type": "object", "additionalProperties": {"x-kubernetes-int-or-string": true}}}}},
        "names": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "numbers": {"type": "array", "items": {"type": "number"}, "x-kubernetes-list-type": "set"},
        "flags": {"type": "array", "items": {"type": "boolean"}, "x-kubernetes-list-type": "set"},
        "steps": {"type": "array", "items": {"type": "object", "properties": {"run": {"type": "string"}}}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "groups": {"type": "object", "additionalProperties": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}}},
        "lists": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}},
        "nested": {"type": "object", "properties": {"deep": {"type": "object", "properties": {"er": {"type": "string"}, "on": {"type": "boolean"}}}}}
      }},
      "status": {"type": "object", "properties": {
        "phase": {"type": "string"}, "observed": {"type": "integer"},
        "conditions": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"], "items": {
          "type": "object", "properties": {"type": {"type": "string"}, "status": {"type": "string"}, "message": {"type": "string"}}}}}}
    }}
}`

func kinds() []kind {
	built := applyconfigurations.NewTypeConverter(scheme.Scheme)
	gvk := func(group, version, name string) schema.GroupVersionKind {
		return schema.GroupVersionKind{Group: group, Version: version, Kind: name}
	}
	main := func(subresource ...string) map[string][]string {
		resets := map[string][]string{"": {"status"}}
		if len(subresource) > 0 {
			resets["status"] = subresource
		}
		return resets
	}
	workload := []string{
		"spec", "metadata", "template", "labels", "annotations", "replicas", "containers", "name", "image", "env", "ports",
		"containerPort", "protocol", "volumeMounts", "mountPath", "volumes", "configMap", "value", "resources", "limits", "selector",
		"matchLabels", "nodeSelector", "strategy", "tolerations", "imagePullSecrets",
	}
	return []kind{
		{"Deployment", gvk("apps", "v1", "Deployment"), built, nil, main("spec", "metadata.labels"), workload, true},
		{"Service", gvk("", "v1", "Service"), built, nil, main("spec"), []string{
			"spec", "metadata", "ports", "port", "protocol", "targetPort", "name", "selector", "type", "labels", "externalIPs",
			"annotations", "finalizers", "nodePort",
		}, false},
		{"ConfigMap", gvk("", "v1", "ConfigMap"), built, nil, nil, []string{
			"data", "metadata", "labels", "annotations", "finalizers", "ownerReferences", "uid", "binaryData", "immutable",
		}, false},
		{"HorizontalPodAutoscaler", gvk("autoscaling", "v2", "HorizontalPodAutoscaler"), built, nil, main("spec"), []string{
			"spec", "metadata", "maxReplicas", "minReplicas", "metrics", "scaleTargetRef", "behavior", "scaleDown", "labels", "name",
		}, false},
		{"Ingress", gvk("networking.k8s.io", "v1", "Ingress"), built, nil, main("spec"), []string{
			"spec", "metadata", "rules", "tls", "ingressClassName", "defaultBackend", "service", "host", "annotations", "labels", "status",
			"loadBalancer",
		}, false},
		{"Job", gvk("batch", "v1", "Job"), built, nil, main("spec"), workload, false},
		{"Widget", gvk("example.dev", "v1", "Widget"), customTypes(), []string{"example.dev/v1beta1"},
			main("apiVersion", "kind", "metadata", "spec"), []string{"spec", "metadata", "ports", "parts", "names"}, false},
		{"Gadget", gvk("example.dev", "v1", "Gadget"), managedfields.NewDeducedTypeConverter(), []string{"example.dev/v1beta1"},
			map[string][]string{}, []string{"spec", "metadata"}, false},
	}
}

// scale is the schema of autoscaling/v1, which the applicable types do not have.
const scale = `{"io.k8s.api.autoscaling.v1.Scale": {
  "type": "object",
  "x-kubernetes-group-version-kind": [{"group": "autoscaling", "version": "v1", "kind": "Scale"}],
  "properties": {
    "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": "#/definitions/dev.example.meta"},
    "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
    "status": {"type": "object", "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"}}}}}}`

func scaleTypes() managedfields.TypeConverter {
	all := map[string]*spec.Schema{}
	check(json.Unmarshal([]byte(custom), &all))
	check(json.Unmarshal([]byte(scale), &all))
	types, err := managedfields.NewTypeConverter(all, false)
	check(err)
	return types
}

func customTypes() managedfields.TypeConverter {
	all := map[string]*spec.Schema{}
	for _, version := range []string{"v1", "v1beta1"} {
		check(json.Unmarshal([]byte(replaceAll(custom, "VERSION", version)), &all))
	}
	types, err := managedfields.NewTypeConverter(all, false)
	check(err)
	return types
}
