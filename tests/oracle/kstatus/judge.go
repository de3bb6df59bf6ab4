package main

import (
	"context"
	"errors"
	"fmt"
	_ "unsafe" // for go:linkname

	fluxaggregator "github.com/fluxcd/cli-utils/pkg/kstatus/polling/aggregator"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/engine"
	fluxevent "github.com/fluxcd/cli-utils/pkg/kstatus/polling/event"
	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	fluxobject "github.com/fluxcd/cli-utils/pkg/object"
	fluxreaders "github.com/fluxcd/pkg/runtime/statusreaders"
	helmreaders "helm.sh/helm/v4/internal/statusreaders"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	otheraggregator "sigs.k8s.io/cli-utils/pkg/kstatus/polling/aggregator"
	otherevent "sigs.k8s.io/cli-utils/pkg/kstatus/polling/event"
	other "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// What waits for Jobs and hooks is not exported, and the readers that are keep the reason to themselves.
//
//go:linkname fluxJob github.com/fluxcd/pkg/runtime/statusreaders.jobConditions
func fluxJob(u *unstructured.Unstructured) (*flux.Result, error)

//go:linkname helmJob helm.sh/helm/v4/internal/statusreaders.jobConditions
func helmJob(u *unstructured.Unstructured) (*flux.Result, error)

//go:linkname helmPod helm.sh/helm/v4/internal/statusreaders.podConditions
func helmPod(u *unstructured.Unstructured) (*flux.Result, error)

// judge answers a case.
func judge(c Case, recorded recordings) Case {
	if c.Many != nil {
		c.Many.Flux, c.Many.Other = aggregated(c.Many)
		return c
	}
	object := c.Object
	if c.From != "" {
		object = recorded.find(c.From)
	}
	fresh := func() *unstructured.Unstructured { return &unstructured.Unstructured{Object: read(object)} }
	if c.Reader != nil {
		c.Polled = &Answers{Flux: polledByFlux(fresh(), c.Reader), Other: polledByOther(fresh(), c.Reader)}
		return c
	}
	c.Core = &Answers{Flux: guarded(func() Answer { return ofFlux(flux.Compute(fresh())) })}
	c.Core.Other = guarded(func() Answer {
		result, err := other.Compute(fresh())
		if err != nil {
			return Answer{Error: err.Error()}
		}
		found := Answer{Status: result.Status.String(), Message: result.Message}
		for _, condition := range result.Conditions {
			found.Condition, found.Reason = condition.Type.String(), condition.Reason
		}
		return found
	})
	served := mapper(&Reader{})
	switch fresh().GroupVersionKind().GroupKind() {
	case schema.GroupKind{Group: "batch", Kind: "Job"}:
		c.Job = &Answers{Flux: ofFlux(fluxJob(fresh())), Other: ofFlux(helmJob(fresh()))}
		agree(fluxreaders.NewCustomJobStatusReader(served), fresh(), c.Job.Flux)
		agree(helmreaders.NewCustomJobStatusReader(served), fresh(), c.Job.Other)
	case schema.GroupKind{Kind: "Pod"}:
		pod := ofFlux(helmPod(fresh()))
		c.Pod = &pod
		agree(helmreaders.NewCustomPodStatusReader(served), fresh(), pod)
	}
	return c
}

// agree holds that a reader says what the function that it is made of says: the name that is linked to is the right one.
func agree(reader engine.StatusReader, u *unstructured.Unstructured, expected Answer) {
	expected = Answer{Status: expected.Status, Message: expected.Message, Error: expected.Error}
	if expected.Error != "" {
		expected = Answer{Status: flux.UnknownStatus.String(), Message: expected.Error}
	}
	cluster := cluster{object: u, reader: &Reader{}}
	given := statusOfFlux(reader.ReadStatusForObject(context.Background(), cluster, u))
	read := statusOfFlux(reader.ReadStatus(context.Background(), cluster, fluxobject.UnstructuredToObjMetadata(u)))
	if !reader.Supports(u.GroupVersionKind().GroupKind()) || given != expected || read != expected {
		panic(fmt.Sprint(expected, given, read))
	}
}

func aggregated(many *Many) (string, string) {
	var byFlux []*fluxevent.ResourceStatus
	var byOther []*otherevent.ResourceStatus
	for _, status := range many.Statuses {
		byFlux = append(byFlux, &fluxevent.ResourceStatus{Status: flux.Status(status)})
		byOther = append(byOther, &otherevent.ResourceStatus{Status: other.Status(status)})
	}
	return fluxaggregator.AggregateStatus(byFlux, flux.Status(many.Desired)).String(),
		otheraggregator.AggregateStatus(byOther, other.Status(many.Desired)).String()
}

func ofFlux(result *flux.Result, err error) Answer {
	if err != nil {
		return Answer{Error: err.Error()}
	}
	found := Answer{Status: result.Status.String(), Message: result.Message}
	if len(result.Conditions) > 1 {
		panic("two conditions")
	}
	for _, condition := range result.Conditions {
		found.Condition, found.Reason = condition.Type.String(), condition.Reason
	}
	return found
}

// guarded takes a panic for an error: the libraries assert types of container statuses without looking.
func guarded(ask func() Answer) (found Answer) {
	defer func() {
		if broken := recover(); broken != nil {
			found = Answer{Error: fmt.Sprint(broken)}
		}
	}()
	return ask()
}

// errors that a reader may meet, by their names in a case.
var known = map[string]error{
	"canceled": context.Canceled,
	"deadline": context.DeadlineExceeded,
	"wrapped":  fmt.Errorf("asked: %w", context.DeadlineExceeded),
	"limiter":  fmt.Errorf("client: %w", errors.New("rate: Wait(n=1) would exceed context deadline")),
	"broken":   errors.New("connection refused"),
}
