package main

import "encoding/json"

// pods of which none or some are Failed, of several selectors and namespaces.
var pods = fragments(
	`{"metadata":{"name":"ready","namespace":"shop","labels":{"app":"db"}},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`,
	`{"metadata":{"name":"loops","namespace":"shop","labels":{"app":"db"}},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"loops-too","namespace":"shop","labels":{"app":"db","tier":"x"}},"status":{"phase":"Running","containerStatuses":[{"name":"b","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"unschedulable","namespace":"shop","creationTimestamp":"@-3600","labels":{"app":"db"}},"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}}`,
	`{"metadata":{"name":"unschedulable-young","namespace":"shop","creationTimestamp":"@-5","labels":{"app":"db"}},"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}}`,
	`{"metadata":{"name":"loops-and-had-no-node","namespace":"shop","labels":{"app":"db"}},"status":{"phase":"Running","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"}],"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"stalled","namespace":"shop","labels":{"app":"db"}},"status":{"phase":"Running","conditions":[{"type":"Stalled","status":"True","reason":"x"}]}}`,
	`{"metadata":{"name":"loops-going","namespace":"shop","deletionTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"db"}},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"loops-elsewhere","namespace":"bank","labels":{"app":"db"}},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"loops-of-another","namespace":"shop","labels":{"app":"web"}},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"loops-unlabelled","namespace":"shop"},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"loops-mislabelled","namespace":"shop","labels":{"app":"db","n":1}},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"loops-nulled","namespace":"shop","labels":{"app":null}},"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}`,
	`{"metadata":{"name":"ended","namespace":"shop","labels":{"app":"db"}},"status":{"phase":"Failed"}}`,
	`{"metadata":{"name":"broken","namespace":"shop","labels":{"app":"db"}},"status":{"phase":"Odd"}}`,
	`{"metadata":{"name":"unread","namespace":"shop","labels":{"app":"db"}},"status":{"conditions":7}}`,
)

var selectors = fragments(
	`{"matchLabels":{"app":"db"}}`, `{}`, `null`, `"app=db"`, `{"matchLabels":null}`, `{"matchLabels":{"app":null}}`, `{"matchLabels":{"app":"db","tier":"x"}}`,
	`{"matchLabels":{"app":1}}`, `{"matchLabels":["app"]}`, `{"matchLabels":{"bad key":"db"}}`, `{"matchLabels":{"app":"bad value"}}`, `{"matchLabels":{"-app":"db"}}`,
	`{"matchLabels":{"example.com/app":"db"}}`, `{"matchLabels":{"Example.com/app":"db"}}`, `{"matchLabels":{"/app":"db"}}`, `{"matchLabels":{"a/b/c":"db"}}`,
	`{"matchLabels":{"example.com/":"db"}}`, `{"matchLabels":{"":"db"}}`, `{"matchLabels":{"a..b/c":"db"}}`, `{"matchLabels":{"app":""}}`,
	`{"matchLabels":{"a23456789012345678901234567890123456789012345678901234567890123":"db"}}`,
	`{"matchLabels":{"a234567890123456789012345678901234567890123456789012345678901234":"db"}}`,
	`{"matchLabels":{"app":"a23456789012345678901234567890123456789012345678901234567890123"}}`,
	`{"matchLabels":{"app":"a234567890123456789012345678901234567890123456789012345678901234"}}`,
	`{"matchExpressions":null}`, `{"matchExpressions":[]}`, `{"matchExpressions":{}}`, `{"matchExpressions":[null]}`, `{"matchExpressions":["x"]}`,
	`{"matchExpressions":[{"key":"app","operator":"In","values":["db","web"]}]}`, `{"matchExpressions":[{"key":"app","operator":"In","values":[]}]}`,
	`{"matchExpressions":[{"key":"app","operator":"In"}]}`, `{"matchExpressions":[{"key":"app","operator":"In","values":["bad value"]}]}`,
	`{"matchExpressions":[{"key":"app","operator":"In","values":[null]}]}`, `{"matchExpressions":[{"key":"app","operator":"In","values":[1]}]}`,
	`{"matchExpressions":[{"key":"app","operator":"In","values":"db"}]}`,
	`{"matchExpressions":[{"key":"app","operator":"NotIn","values":["web"]}]}`, `{"matchExpressions":[{"key":"tier","operator":"NotIn","values":["x"]}]}`,
	`{"matchExpressions":[{"key":"app","operator":"NotIn"}]}`,
	`{"matchExpressions":[{"key":"tier","operator":"Exists"}]}`, `{"matchExpressions":[{"key":"tier","operator":"Exists","values":["x"]}]}`,
	`{"matchExpressions":[{"key":"tier","operator":"DoesNotExist"}]}`, `{"matchExpressions":[{"key":"tier","operator":"DoesNotExist","values":["x"]}]}`,
	`{"matchExpressions":[{"key":"app","operator":"in","values":["db"]}]}`, `{"matchExpressions":[{"key":"app","operator":"Gt","values":["1"]}]}`,
	`{"matchExpressions":[{"key":"bad key","operator":"Exists"}]}`, `{"matchExpressions":[{"operator":"Exists"}]}`, `{"matchExpressions":[{"key":1,"operator":"Exists"}]}`,
	`{"matchLabels":{"app":"db"},"matchExpressions":[{"key":"tier","operator":"DoesNotExist"},{"key":"app","operator":"Exists"}]}`,
)

var workloads = fragments(
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},"spec":{"replicas":3},"status":{"replicas":3,"readyReplicas":2}}`,
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},"spec":{"replicas":1},"status":{"replicas":1,"readyReplicas":1,"currentReplicas":1}}`,
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop","generation":2},"spec":{},"status":{"observedGeneration":1}}`,
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop","generation":"2"},"spec":{}}`,
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop","deletionTimestamp":"2026-01-01T00:00:00Z"},"spec":{}}`,
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},"spec":{},"status":{"conditions":[{"type":"Stalled","status":"True","reason":"x","message":"y"}]}}`,
	`{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"db-1","namespace":"shop"},"spec":{"replicas":1},"status":{"replicas":1,"fullyLabeledReplicas":1}}`,
	`{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"db-1","namespace":"shop"},"spec":{"replicas":1},"status":{"replicas":1,"fullyLabeledReplicas":1,"availableReplicas":1,"readyReplicas":1}}`,
	`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"db","namespace":"shop"},"spec":{"replicas":1},"status":{"replicas":1}}`,
	`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"db","namespace":"shop"},"spec":{"replicas":1},"status":{"conditions":[{"type":"Progressing","reason":"ProgressDeadlineExceeded"}]}}`,
	`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"db","namespace":"shop"},"spec":{"replicas":1},"status":[]}`,
	`{"apiVersion":"extensions/v1beta1","kind":"Deployment","metadata":{"name":"db","namespace":"shop"},"spec":{"replicas":1},"status":{"replicas":1}}`,
	`{"apiVersion":"extensions/v1beta1","kind":"ReplicaSet","metadata":{"name":"db-1","namespace":"shop"},"spec":{"replicas":1},"status":{"replicas":1,"fullyLabeledReplicas":1}}`,
	`{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"db","namespace":"shop","generation":1},"spec":{},"status":{"observedGeneration":1,"desiredNumberScheduled":2}}`,
	`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"db","namespace":"shop"},"spec":{},"status":{}}`,
	`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db"},"spec":{"replicas":3},"status":{}}`,
)

// readers asks pollers: each selector and each error once for every workload, Pods in many sets.
func (g *generator) readers() {
	labelled := func(workload any) any { return with(workload, "spec.selector", selectors[0]) }
	var cluster []any
	for _, pod := range pods {
		cluster = append(cluster, with(with(pod, "apiVersion", "v1"), "kind", "Pod"))
	}
	cluster = append(cluster, labelled(workloads[6]), with(with(labelled(workloads[6]), "metadata.name", "unselected"), "spec.selector", nil),
		parsed(`{"apiVersion":"stable.example.com/v1","kind":"Pod","metadata":{"name":"no-pod","namespace":"shop","labels":{"app":"db"}},"status":{"conditions":[{"type":"Stalled","status":"True"}]}}`))
	cluster[len(pods)] = with(cluster[len(pods)], "metadata.labels", map[string]any{"app": "db"})
	cluster[len(pods)+1] = with(cluster[len(pods)+1], "metadata.labels", map[string]any{"app": "db"})
	for _, workload := range workloads {
		for _, selector := range selectors {
			g.poll(with(workload, "spec.selector", selector), Reader{}, cluster)
		}
		g.poll(workload, Reader{}, cluster)
		g.poll(without(workload, "spec"), Reader{}, cluster)
		g.poll(with(workload, "spec", "x"), Reader{}, cluster)
		for _, name := range []string{"404", "403", "canceled", "deadline", "wrapped", "limiter", "broken", "unmapped"} {
			g.poll(labelled(workload), Reader{List: name}, cluster)
			g.poll(labelled(workload), Reader{Get: name}, cluster)
		}
		for place := range cluster {
			g.poll(labelled(workload), Reader{}, cluster[place:place+1])
		}
		for range 12 {
			var some []any
			for _, object := range cluster {
				if g.random.IntN(3) == 0 {
					some = append(some, object)
				}
			}
			g.poll(labelled(workload), Reader{}, some)
		}
	}
}

func (g *generator) poll(workload any, reader Reader, objects []any) {
	for _, object := range objects {
		reader.Objects = append(reader.Objects, must(json.Marshal(object)))
	}
	g.cases = append(g.cases, Case{Object: must(json.Marshal(workload)), Reader: &reader})
}
