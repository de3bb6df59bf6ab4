package main

import (
	"context"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// checkCase is a whole set of healthCheckExprs over one object. Status is empty where no check is for the object.
type checkCase struct {
	Checks  []kustomize.CustomHealthCheck `json:"checks"`
	Object  string                        `json:"object"`
	Status  string                        `json:"status,omitempty"`
	Error   bool                          `json:"error,omitempty"`
	Invalid bool                          `json:"invalid,omitempty"`
}

func checkCases() []checkCase {
	check := func(apiVersion, kind, inProgress, failed, current string) kustomize.CustomHealthCheck {
		return kustomize.CustomHealthCheck{APIVersion: apiVersion, Kind: kind, HealthCheckExpressions: kustomize.HealthCheckExpressions{
			InProgress: inProgress, Failed: failed, Current: current}}
	}
	words := []string{"", "true", "false", "status.missing", "'text'", "status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')", "foo."}
	var cases []checkCase
	add := func(object string, checks ...kustomize.CustomHealthCheck) {
		cases = append(cases, judged(checkCase{Checks: checks, Object: object}))
	}
	for _, object := range []string{"certificate ready", "certificate issuing", "stale", "generation text", "generation float", "no status", "null status", "odd conditions"} {
		u := unstructured.Unstructured{Object: content(object)}
		for _, inProgress := range words {
			for _, failed := range words {
				for _, current := range words {
					add(object, check(u.GetAPIVersion(), u.GetKind(), inProgress, failed, current))
				}
			}
		}
	}
	versions := []string{"cert-manager.io/v1", "cert-manager.io/v1alpha9", "cert-manager.io/", "cert-manager.io", "a/b/c", "/", "", "v1", "external-secrets.io/v1"}
	for _, object := range []string{"certificate ready", "issuer", "odd top level"} {
		for _, version := range versions {
			for _, kind := range []string{"", "Certificate", "certificate", "Secret"} {
				add(object, check(version, kind, "", "", "true"))
				add(object, check(version, kind, "", "", "true"), check("cert-manager.io/v1", "", "", "true", "true"))
				add(object, check(version, kind, "", "", "true"), check("cert-manager.io/v1", "Certificate", "true", "", "true"))
			}
		}
	}
	return cases
}

func judged(c checkCase) checkCase {
	reader, err := cel.NewStatusReader(c.Checks)
	if err != nil {
		c.Invalid = true
		return c
	}
	object := &unstructured.Unstructured{Object: content(c.Object)}
	statuses := reader(nil)
	if !statuses.Supports(object.GroupVersionKind().GroupKind()) {
		return c
	}
	read, err := statuses.ReadStatusForObject(context.Background(), nil, object)
	switch {
	case err != nil:
		c.Error = true
	case read.Status == status.UnknownStatus:
		c.Error = true
	default:
		c.Status = read.Status.String()
	}
	return c
}
