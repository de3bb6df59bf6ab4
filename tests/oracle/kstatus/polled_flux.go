package main

import (
	"context"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/event"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/statusreaders"
	"github.com/fluxcd/cli-utils/pkg/object"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// polledByFlux asks the readers of github.com/fluxcd/cli-utils, by what they read and by the object itself, which must agree.
func polledByFlux(u *unstructured.Unstructured, found *Reader) Answer {
	readers := statusreaders.NewStatusReader(mapper(found))
	cluster := cluster{object: u, reader: found}
	if found.Get != "" {
		return statusOfFlux(readers.ReadStatus(context.Background(), cluster, object.UnstructuredToObjMetadata(u)))
	}
	if !readers.Supports(u.GroupVersionKind().GroupKind()) {
		panic("the default reader supports all")
	}
	given := statusOfFlux(readers.ReadStatusForObject(context.Background(), cluster, u))
	if u.GroupVersionKind().Kind != "" && found.List != "unmapped" {
		if read := statusOfFlux(readers.ReadStatus(context.Background(), cluster, object.UnstructuredToObjMetadata(u))); read != given {
			panic(read.Message + read.Error + " is not " + given.Message + given.Error)
		}
	}
	return given
}

func statusOfFlux(status *event.ResourceStatus, err error) Answer {
	switch {
	case err != nil:
		return Answer{Error: err.Error()}
	case status.Error != nil:
		return Answer{Status: status.Status.String(), Message: status.Error.Error()}
	default:
		return Answer{Status: status.Status.String(), Message: status.Message}
	}
}
