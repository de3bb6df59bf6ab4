package main

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/polling/event"
	"sigs.k8s.io/cli-utils/pkg/kstatus/polling/statusreaders"
	"sigs.k8s.io/cli-utils/pkg/object"
)

// polledByOther asks the readers of sigs.k8s.io/cli-utils, by what they read and by the object itself, which must agree.
func polledByOther(u *unstructured.Unstructured, found *Reader) Answer {
	readers := statusreaders.NewStatusReader(mapper(found))
	cluster := cluster{object: u, reader: found}
	if found.Get != "" {
		return statusOfOther(readers.ReadStatus(context.Background(), cluster, object.UnstructuredToObjMetadata(u)))
	}
	if !readers.Supports(u.GroupVersionKind().GroupKind()) {
		panic("the default reader supports all")
	}
	given := statusOfOther(readers.ReadStatusForObject(context.Background(), cluster, u))
	if u.GroupVersionKind().Kind != "" && found.List != "unmapped" {
		if read := statusOfOther(readers.ReadStatus(context.Background(), cluster, object.UnstructuredToObjMetadata(u))); read != given {
			panic(read.Message + read.Error + " is not " + given.Message + given.Error)
		}
	}
	return given
}

func statusOfOther(status *event.ResourceStatus, err error) Answer {
	switch {
	case err != nil:
		return Answer{Error: err.Error()}
	case status.Error != nil:
		return Answer{Status: status.Status.String(), Message: status.Error.Error()}
	default:
		return Answer{Status: status.Status.String(), Message: status.Message}
	}
}
