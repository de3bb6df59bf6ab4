package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	v2 "github.com/fluxcd/helm-controller/api/v2"
	kustomize "github.com/fluxcd/pkg/apis/kustomize"
)

type generator struct{ *rand.Rand }

func one[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

// text has what JSON escapes in it now and then: the reference counts bytes, and loses its way behind some of them.
func (g generator) text() string {
	switch g.IntN(14) {
	case 0:
		return one(g, "", "<a&b>", "a\nb\tc", "\"quoted\"", "ends with \\", "\\\\", "ü\u2028", "a/b~c", "\x01")
	case 1:
		return strings.Repeat("long ", 1+g.IntN(30))
	default:
		return one(g, "a", "b", "web", "registry.example.com/web:1.2.3", "true", "1", "100m")
	}
}

func (g generator) key() string {
	if g.IntN(25) == 0 {
		return one(g, "a/b", "a~b", "<k>", "a\"b", "a\\", "", "ü", "example.com/note")
	}
	return one(g, "a", "b", "c", "name", "image", "replicas", "labels", "spec", "ports")
}

func (g generator) scalar() any {
	switch g.IntN(9) {
	case 0:
		return nil
	case 1:
		return g.IntN(2) == 0
	case 2:
		return int64(g.IntN(10))
	case 3:
		return one[any](g, int64(8080), int64(1)<<53+1, int64(-7), 0.5, 1e21, 1e-7, 2.0, 123456.789)
	default:
		return g.text()
	}
}

func (g generator) value(depth int) any {
	switch n := g.IntN(10); {
	case depth < 4 && (n < 4 || depth == 0 && n < 8):
		object := map[string]any{}
		for range g.IntN(6) {
			object[g.key()] = g.value(depth + 1)
		}
		return object
	case depth < 4 && n < 7:
		list := []any{}
		for range g.IntN(5) {
			list = append(list, g.value(depth+1))
		}
		return list
	default:
		return g.scalar()
	}
}

// changed is the value after a few changes.
func (g generator) changed(value any) any {
	switch of := value.(type) {
	case map[string]any:
		object := map[string]any{}
		for _, key := range sorted(of) {
			switch g.IntN(9) {
			case 0:
			case 1:
				object[key] = g.value(2)
			case 2, 3:
				object[key] = g.changed(of[key])
			default:
				object[key] = of[key]
			}
		}
		if g.IntN(4) == 0 {
			object[g.key()] = g.value(2)
		}
		return object
	case []any:
		list := []any{}
		for _, item := range of {
			switch g.IntN(9) {
			case 0:
			case 1:
				list = append(list, g.value(2))
			case 2, 3:
				list = append(list, g.changed(item))
			default:
				list = append(list, item)
			}
		}
		for range g.IntN(3) / 2 * 2 {
			list = append(list, g.value(2))
		}
		return list
	default:
		if g.IntN(3) == 0 {
			return g.value(2)
		}
		return g.scalar()
	}
}

func sorted(of map[string]any) []string {
	var keys []string
	for key := range of {
		keys = append(keys, key)
	}
	for i := range keys {
		for j := i; j > 0 && keys[j-1] > keys[j]; j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
	return keys
}

func (g generator) pairs(few int) map[string]any {
	pairs := map[string]any{}
	for range g.IntN(few) {
		pairs[one(g, "app", "tier", "example.com/note", "app.kubernetes.io/name", "x")] = one(g, "web", "db", "", "1")
	}
	if g.IntN(30) == 0 {
		pairs[v2.DriftDetectionMetadataKey] = one(g, "disabled", "Disabled", "enabled", "")
	}
	return pairs
}

func (g generator) metadata(name string) map[string]any {
	metadata := map[string]any{"name": name, "namespace": "shop", "resourceVersion": "7", "uid": "u"}
	if g.IntN(4) > 0 {
		metadata["labels"] = g.pairs(5)
	}
	if g.IntN(3) > 0 {
		metadata["annotations"] = g.pairs(5)
	}
	return metadata
}

func (g generator) body(kind string) (string, map[string]any) {
	switch kind {
	case "Secret":
		return "v1", map[string]any{"type": "Opaque", "data": g.pairs(6), "stringData": g.pairs(2)}
	case "ConfigMap":
		data := map[string]any{}
		for range g.IntN(6) {
			data[g.key()] = g.text()
		}
		return "v1", map[string]any{"data": data}
	case "HorizontalPodAutoscaler":
		metrics := []any{}
		for range g.IntN(4) {
			metrics = append(metrics, map[string]any{"type": one(g, "Resource", ""), "resource": map[string]any{
				"name": one(g, "cpu", "memory"), "target": map[string]any{"type": "Utilization", "averageUtilization": int64(80)},
			}})
		}
		return "autoscaling/v2", map[string]any{"spec": map[string]any{
			"maxReplicas": int64(1 + g.IntN(3)), "metrics": metrics,
			"scaleTargetRef": map[string]any{"kind": "Deployment", "name": "web"},
		}}
	default:
		containers := []any{}
		for at := range 1 + g.IntN(3) {
			env := []any{}
			for range g.IntN(4) {
				env = append(env, map[string]any{"name": one(g, "A", "B", "C"), "value": g.text()})
			}
			containers = append(containers, map[string]any{
				"name": fmt.Sprint("c", at), "image": one(g, "web:1", "web:2"), "env": env,
				"resources": map[string]any{"limits": map[string]any{"memory": one(g, "64Mi", "128Mi")}},
			})
		}
		return "apps/v1", map[string]any{"spec": map[string]any{
			"replicas": int64(g.IntN(5)),
			"template": map[string]any{"metadata": map[string]any{"labels": g.pairs(4)}, "spec": map[string]any{"containers": containers}},
		}}
	}
}

// rules that do not depend on one another: the reference knows no order of them.
func (g generator) rules() []v2.IgnoreRule {
	path := func() string {
		return one(g,
			"/spec/replicas", "/spec/template/spec/containers/0/image", "/spec/template/spec/containers/-1",
			"/spec/template/spec/containers/1/env/0", "/spec/template/spec/containers/0/env", "/metadata/labels",
			"/metadata/labels/app", "/metadata/annotations/example.com~1note", "/metadata/annotations", "/metadata", "/data",
			"/data/a", "/data/a~1b", "/data/a~0b", "/data/app", "/spec", "/absent/deep/path", "/spec/metrics/0", "spec/replicas", "replicas",
			"/spec/template/spec/containers/9", "/spec/template/spec/containers/-9", "/spec/template/spec/containers/+0", "/spec//x",
			"/spec/template/spec/containers/x/image")
	}
	paths := func() []string {
		paths := []string{path()}
		for range g.IntN(3) {
			paths = append(paths, path())
		}
		if g.IntN(20) == 0 {
			paths = append(paths, one(g, "", "/kind", "/spec/template/spec/containers/x", "/spec/template/spec/containers/-"))
		}
		return paths
	}
	target := func() *kustomize.Selector {
		return &kustomize.Selector{
			Group:              one(g, "", "", "", "apps", "app", "app.*", "[a-z]*"),
			Version:            one(g, "", "", "", "v1", "v[12]"),
			Kind:               one(g, "", "", "Deployment", "Deployment|Secret", "Config", "(?i)secret", "[^D].*"),
			Name:               one(g, "", "", "web", "we", "w.b", "web|db", `\w+`, "web$"),
			Namespace:          one(g, "", "", "", "shop", "default"),
			LabelSelector:      one(g, "", "", "", "app=web", "app!=web", "tier", "!tier", "app in (web,db)"),
			AnnotationSelector: one(g, "", "", "", "", "x=1", "example.com/note"),
		}
	}
	bad := func(target *kustomize.Selector) *kustomize.Selector {
		if g.IntN(25) == 0 {
			one(g,
				func() { target.Name = "(" }, func() { target.Kind = "[" }, func() { target.Group = "*" },
				func() { target.LabelSelector = "a in" }, func() { target.AnnotationSelector = "=" },
			)()
		}
		return target
	}
	switch g.IntN(6) {
	case 0:
		return nil
	case 1:
		return []v2.IgnoreRule{{Paths: paths()}}
	case 2: // of rules without target only the last one counts
		return []v2.IgnoreRule{{Paths: paths()}, {Paths: paths()}}
	case 3: // the order of two rules does not matter where one has one field of a map
		return []v2.IgnoreRule{{Paths: []string{"/spec/replicas"}, Target: bad(target())}, {Paths: []string{"/data/a"}, Target: target()}, {Paths: []string{"/metadata/labels/app"}}}
	default:
		return []v2.IgnoreRule{{Paths: paths(), Target: bad(target())}}
	}
}

func (g generator) object(int) line {
	kind := one(g, "Deployment", "Deployment", "ConfigMap", "Secret", "HorizontalPodAutoscaler")
	name := one(g, "web", "db")
	apiVersion, body := g.body(kind)
	live := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": g.metadata(name)}
	for key, value := range body {
		live[key] = value
	}
	if g.IntN(3) == 0 {
		live["status"] = map[string]any{"ready": int64(g.IntN(3))}
	}
	after := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": live["metadata"]}
	if g.IntN(2) == 0 {
		after["metadata"] = g.metadata(name)
	}
	_, other := g.body(kind)
	for _, key := range sorted(body) {
		after[key] = body[key]
		// The reference reads these as typed objects: what is no such object it refuses.
		if kind == "HorizontalPodAutoscaler" || kind == "Secret" {
			if g.IntN(2) == 0 {
				after[key] = other[key]
			}
		} else if g.IntN(4) > 0 {
			after[key] = g.changed(body[key])
		}
	}
	if g.IntN(20) == 0 {
		metadata := copied(after["metadata"].(map[string]any))
		delete(metadata, "resourceVersion")
		after["metadata"] = metadata
	}
	manifest := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name, "namespace": "shop"}}
	metadata := manifest["metadata"].(map[string]any)
	if g.IntN(3) > 0 {
		metadata["labels"] = g.pairs(4)
		metadata["annotations"] = g.pairs(4)
	}
	if g.IntN(25) == 0 {
		live = nil
	}
	return objects(manifest, live, after, g.rules())
}
