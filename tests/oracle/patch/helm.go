package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"

	helm3 "helm.sh/helm/v3/pkg/kube"
	helm4 "helm.sh/helm/v4/pkg/kube"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/rest/fake"
)

// server answers every request with the live object, and keeps what is written.
type heard struct {
	method, kind string
	body         []byte
}

func client(live map[string]any, written *heard) *fake.RESTClient {
	return &fake.RESTClient{
		NegotiatedSerializer: resource.UnstructuredPlusDefaultContentConfig().NegotiatedSerializer,
		Client: fake.CreateHTTPClient(func(request *http.Request) (*http.Response, error) {
			// After an object was renamed, Helm deletes what it takes for another one.
			if request.Method == http.MethodPatch || request.Method == http.MethodPut {
				body, err := io.ReadAll(request.Body)
				if err != nil {
					return nil, err
				}
				*written = heard{request.Method, request.Header.Get("Content-Type"), body}
			}
			header := http.Header{"Content-Type": {"application/json"}}
			return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(bytes.NewReader([]byte(text(live))))}, nil
		}),
	}
}

func info(object, live map[string]any, written *heard) *resource.Info {
	kind := kindOf(object)
	made := client(live, written)
	made.GroupVersion = kind.GroupVersion()
	return &resource.Info{
		Client:    made,
		Mapping:   &meta.RESTMapping{GroupVersionKind: kind, Resource: kind.GroupVersion().WithResource("things"), Scope: meta.RESTScopeNamespace},
		Namespace: "shop",
		Name:      "thing",
		Object:    &unstructured.Unstructured{Object: clone(object).(map[string]any)},
	}
}

// helm prints which request Helm 4 and Helm 3 really send.
func helm(r *rand.Rand, count int, write func(any)) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	all := bases()
	for made := 0; made < count; {
		t := makeTriple(r, all, r.IntN(4) == 0)
		meta, ok := t.current["metadata"].(map[string]any)
		if !ok {
			continue
		}
		meta["resourceVersion"] = "7"
		// What is not of its type goes another way, and is refused there, too.
		if object, err := native.New(kindOf(t.modified)); err == nil {
			if runtime.DefaultUnstructuredConverter.FromUnstructured(t.modified, object) != nil {
				continue
			}
		}
		line := t.line(all)
		known := r.IntN(6) > 0
		line["known"] = known
		three := r.IntN(5) == 0
		line["takeOwnership"] = three
		force := r.IntN(8) == 0
		line["force"] = force
		isSteady := true
		put := func(name string, update func(heard *heard) error) {
			said, failure, ok := steady(func() ([]byte, error) {
				var written heard
				if err := update(&written); err != nil {
					return nil, err
				}
				if written.method == "" {
					return []byte("{}"), nil
				}
				return []byte(fmt.Sprintf(`{"method":%q,"type":%q,"body":%s}`, written.method, written.kind, bytes.TrimSpace(written.body))), nil
			})
			if !ok {
				isSteady = false
			} else if failure != "" {
				line[name] = map[string]any{"error": failure}
			} else {
				line[name] = read(said)
			}
		}
		put("helm4", func(heard *heard) error {
			target := info(t.modified, t.current, heard)
			var originals helm4.ResourceList
			if known {
				originals = helm4.ResourceList{info(t.original, t.current, heard)}
				originals[0].Mapping = target.Mapping
			}
			_, err := helm4.New(nil).Update(originals, helm4.ResourceList{target}, helm4.ClientUpdateOptionServerSideApply(false, false),
				helm4.ClientUpdateOptionForceReplace(force), helm4.ClientUpdateOptionThreeWayMergeForUnstructured(three))
			return err
		})
		put("helm3", func(heard *heard) error {
			target := info(t.modified, t.current, heard)
			var originals helm3.ResourceList
			if known {
				originals = helm3.ResourceList{info(t.original, t.current, heard)}
				originals[0].Mapping = target.Mapping
			}
			client := helm3.New(nil)
			client.Log = func(string, ...any) {}
			update := client.Update
			if three {
				update = client.UpdateThreeWayMerge
			}
			_, err := update(originals, helm3.ResourceList{target}, force)
			return err
		})
		if text(line["helm3"]) == text(line["helm4"]) {
			delete(line, "helm3")
		}
		if isSteady {
			write(line)
			made++
		}
	}
}
