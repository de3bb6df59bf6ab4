package main

// kind is a kind of object: one that is as it should be, the fields that its rules read with values at and around their
// thresholds, and the conditions that its rules know.
type kind struct {
	settled    string
	fields     []field
	conditions []any
}

type field struct {
	path   string
	values []any
}

func (k kind) object() any { return parsed(k.settled) }

func of(path string, values ...string) field { return field{path, fragments(values...)} }

// counts are fields that are compared with three.
func counts(paths ...string) []field {
	var fields []field
	for _, path := range paths {
		fields = append(fields, of(path, `0`, `1`, `2`, `3`, `4`))
	}
	return fields
}

var kinds = []kind{
	{
		settled: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","generation":2},
			"spec":{"replicas":3,"progressDeadlineSeconds":600,"selector":{"matchLabels":{"app":"web"}}},
			"status":{"observedGeneration":2,"replicas":3,"updatedReplicas":3,"readyReplicas":3,"availableReplicas":3,"conditions":[
			{"type":"Available","status":"True","reason":"MinimumReplicasAvailable","message":"available"},
			{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable","message":"progressed"}]}}`,
		fields: append(counts("spec.replicas", "status.replicas", "status.updatedReplicas", "status.readyReplicas", "status.availableReplicas"),
			of("spec.progressDeadlineSeconds", `600`, `2147483646`, `2147483647`, `2147483648`)),
		conditions: fragments(
			`{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"timed out"}`,
			`{"type":"Progressing","status":"True","reason":"ProgressDeadlineExceeded"}`,
			`{"type":"Progressing","status":"Unknown","reason":"ProgressDeadlineExceeded"}`,
			`{"type":"Progressing","status":"True","reason":"ReplicaSetUpdated","message":"progressing"}`,
			`{"type":"Progressing","status":"False","reason":"NewReplicaSetAvailable"}`,
			`{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable","message":"progressed"}`,
			`{"type":"Progressing","status":"Unknown","reason":"DeploymentPaused"}`,
			`{"type":"Available","status":"True","reason":"MinimumReplicasAvailable"}`,
			`{"type":"Available","status":"False","reason":"MinimumReplicasUnavailable"}`,
			`{"type":"Other","status":"True","reason":"ProgressDeadlineExceeded"}`,
			`{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"exceeded quota"}`),
	},
	{
		settled: `{"apiVersion":"extensions/v1beta1","kind":"Deployment","metadata":{"name":"old","namespace":"shop"},
			"spec":{"replicas":1},"status":{"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1,
			"conditions":[{"type":"Available","status":"True"}]}}`,
		fields: counts("spec.replicas", "status.replicas", "status.updatedReplicas", "status.availableReplicas"),
	},
	{
		settled: `{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop","generation":4},
			"spec":{"replicas":3,"updateStrategy":{"type":"RollingUpdate"},"selector":{"matchLabels":{"app":"db"}}},
			"status":{"observedGeneration":4,"replicas":3,"readyReplicas":3,"currentReplicas":3,"updatedReplicas":3,
			"currentRevision":"db-7","updateRevision":"db-7"}}`,
		fields: append(counts("spec.replicas", "status.replicas", "status.readyReplicas", "status.currentReplicas", "status.updatedReplicas",
			"spec.updateStrategy.rollingUpdate.partition"),
			of("spec.updateStrategy"), of("spec.updateStrategy.type", `"OnDelete"`, `"ondelete"`, `"RollingUpdate"`),
			of("spec.updateStrategy.rollingUpdate", `{"partition":2}`, `{"partition":-2}`),
			of("status.currentRevision", `"db-6"`, `"db-7"`), of("status.updateRevision", `"db-6"`, `"db-8"`)),
	},
	{
		settled: `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-1","namespace":"shop","generation":1},
			"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}}},
			"status":{"observedGeneration":1,"replicas":3,"fullyLabeledReplicas":3,"availableReplicas":3,"readyReplicas":3}}`,
		fields: counts("spec.replicas", "status.replicas", "status.fullyLabeledReplicas", "status.availableReplicas", "status.readyReplicas"),
		conditions: fragments(`{"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"exceeded quota"}`,
			`{"type":"ReplicaFailure","status":"False"}`, `{"type":"ReplicaFailure"}`),
	},
	{
		settled: `{"apiVersion":"extensions/v1beta1","kind":"ReplicaSet","metadata":{"name":"old-1"},
			"spec":{"replicas":0},"status":{"replicas":0}}`,
		fields: counts("spec.replicas", "status.replicas", "status.fullyLabeledReplicas", "status.availableReplicas", "status.readyReplicas"),
	},
	{
		settled: `{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"agent","namespace":"shop","generation":1},
			"status":{"observedGeneration":1,"desiredNumberScheduled":3,"currentNumberScheduled":3,"updatedNumberScheduled":3,
			"numberAvailable":3,"numberReady":3}}`,
		fields: append(counts("status.desiredNumberScheduled", "status.currentNumberScheduled", "status.updatedNumberScheduled",
			"status.numberAvailable", "status.numberReady"), of("metadata.generation", `1`), of("status.observedGeneration", `1`)),
	},
	{
		settled: `{"apiVersion":"extensions/v1beta1","kind":"DaemonSet","metadata":{"name":"old","generation":1},"status":{"observedGeneration":1}}`,
		fields:  counts("status.desiredNumberScheduled", "status.currentNumberScheduled"),
	},
	{
		settled: `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"load","namespace":"shop"},
			"spec":{"parallelism":2,"completions":3},"status":{"startTime":"2026-01-01T00:00:00Z","active":1,"succeeded":1,"failed":0}}`,
		fields: append(counts("spec.parallelism", "spec.completions", "status.active", "status.succeeded", "status.failed"),
			of("status.startTime", `"2026-01-01T00:00:00Z"`, `"soon"`), of("spec.suspend", `true`, `false`, `"true"`)),
		conditions: fragments(
			`{"type":"Complete","status":"True","reason":"CompletionsReached","message":"done"}`, `{"type":"Complete","status":"False"}`,
			`{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"too often"}`, `{"type":"Failed","status":"False"}`,
			`{"type":"Suspended","status":"True","reason":"JobSuspended"}`, `{"type":"Suspended","status":"False"}`,
			`{"type":"FailureTarget","status":"True","reason":"BackoffLimitExceeded"}`, `{"type":"SuccessCriteriaMet","status":"True"}`),
	},
	pod,
	{
		settled: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","creationTimestamp":"@-3600"},
			"status":{"phase":"Running","conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady"}],
			"containerStatuses":[{"name":"web","ready":false,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off"}}}]}}`,
		fields: crashing,
	},
	{
		settled: `{"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"shop"},
			"spec":{"type":"LoadBalancer","clusterIP":"10.0.0.1"},"status":{"loadBalancer":{}}}`,
		fields: []field{of("spec.type", `"ClusterIP"`, `"NodePort"`, `"ExternalName"`, `"LoadBalancer"`, `"loadbalancer"`),
			of("spec.clusterIP", `"None"`, `"10.0.0.1"`, `""`), of("spec")},
	},
	{
		settled: `{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data","namespace":"shop"},"status":{"phase":"Bound"}}`,
		fields:  []field{of("status.phase", `"Pending"`, `"Lost"`, `"bound"`, `"Bound"`)},
	},
	{
		settled: `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"crontabs.stable.example.com","generation":1},
			"status":{"conditions":[{"type":"NamesAccepted","status":"True","reason":"NoConflicts","message":"no conflicts found"},
			{"type":"Established","status":"True","reason":"InitialNamesAccepted","message":"accepted"}]}}`,
		conditions: fragments(
			`{"type":"NamesAccepted","status":"False","reason":"ListKindConflict","message":"in use"}`, `{"type":"NamesAccepted","status":"Unknown"}`,
			`{"type":"NamesAccepted","status":"True"}`, `{"type":"Established","status":"False","reason":"NotAccepted","message":"not all names"}`,
			`{"type":"Established","status":"False","reason":"Installing","message":"going on"}`, `{"type":"Established","status":"False"}`,
			`{"type":"Established","status":"Unknown","reason":"x"}`, `{"type":"Established","status":"True"}`,
			`{"type":"Terminating","status":"True","reason":"InstanceDeletionInProgress"}`),
	},
	{settled: `{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"web","generation":1},"status":{"observedGeneration":1}}`},
	{settled: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web"}}`},
	{settled: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"}}`},
	{settled: `{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"load","generation":1},"status":{"active":[]}}`},
	{settled: `{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"web","generation":3},
		"status":{"observedGeneration":3,"conditions":[{"type":"Ready","status":"True","reason":"Fine","message":"all is well"}]}}`},
	{settled: `{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"web","generation":1},"status":{"loadBalancer":{}}}`},
	{settled: `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"},"status":{"phase":"Active"}}`},
}

// pod is one that no node takes. Moments to come in a hundred years tell whether a time was understood.
var pod = kind{
	settled: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"shop","creationTimestamp":"@-5"},
		"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes"}]}}`,
	fields: []field{
		of("status.phase", `"Pending"`, `"Running"`, `"Succeeded"`, `"Failed"`, `"Unknown"`, `"pending"`, `""`),
		of("metadata.creationTimestamp", `"@-5"`, `"@-25"`, `"@60"`, `"@-3600"`, `"2126-01-01T00:00:00Z"`, `"2126-01-01T00:00:00.123Z"`,
			`"2126-01-01T00:00:00,5Z"`, `"2126-01-01T00:00:00.Z"`, `"2126-01-01T00:00:00.1234567891234Z"`, `"2126-01-01T3:00:00Z"`,
			`"2126-01-01T03:0:00Z"`, `"2126-01-01T03:00:0Z"`, `"2126-01-01T24:00:00Z"`, `"2126-01-01T23:60:00Z"`, `"2126-01-01T23:59:60Z"`,
			`"2126-1-01T00:00:00Z"`, `"2126-01-1T00:00:00Z"`, `"2126-02-29T00:00:00Z"`, `"2128-02-29T00:00:00Z"`, `"2126-13-01T00:00:00Z"`,
			`"2126-00-01T00:00:00Z"`, `"2126-01-00T00:00:00Z"`, `"2126-01-01t00:00:00Z"`, `"2126-01-01T00:00:00z"`, `"2126-01-01 00:00:00Z"`,
			`"2126-01-01T00:00:00"`, `"2126-01-01T00:00:00+01:00"`, `"2126-01-01T00:00:00-01:30"`, `"2126-01-01T00:00:00+0100"`,
			`"2126-01-01T00:00:00+1:00"`, `"2126-01-01T00:00:00+24:00"`, `"2126-01-01T00:00:00+25:00"`, `"2126-01-01T00:00:00+23:59"`,
			`"2126-01-01T00:00:00+24:60"`, `"2126-01-01T00:00:00+01:60"`, `"2126-01-01T00:00:00+01:61"`, `"2126-01-01T00:00:00Z "`,
			`" 2126-01-01T00:00:00Z"`, `"2126-01-01T00:00:00ZZ"`, `"2126-01-01T00:00:00Z+01:00"`, `"12126-01-01T00:00:00Z"`, `"2126-01-01"`,
			`"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`, `"9999-12-31T23:59:59-23:00"`, `"null"`, `"2126-01-01T-1:00:00Z"`,
			`"2126-01-01T00:00:00.5,5Z"`, `"2126-01-01T00:00:00.-5Z"`, `"2126-01-01T00:00:00+01:00:00"`),
		of("status.containerStatuses", `[]`),
	},
	conditions: podConditions,
}

var podConditions = fragments(
	`{"type":"PodScheduled","status":"False","reason":"Unschedulable"}`, `{"type":"PodScheduled","status":"False","reason":"SchedulerError"}`,
	`{"type":"PodScheduled","status":"False"}`, `{"type":"PodScheduled","status":"True"}`, `{"type":"PodScheduled","status":"True","reason":"Unschedulable"}`,
	`{"type":"PodScheduled","status":"Unknown","reason":"Unschedulable"}`, `{"type":"Initialized","status":"False","reason":"Unschedulable"}`)

// crashing are container statuses, among them those that the library takes for what they are not.
var crashing = []field{
	of("status.phase", `"Running"`, `"Pending"`),
	of("status.containerStatuses", `[]`, `[{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}},{"name":"b","state":{"running":{}}}]`,
		`[{"name":"b","state":{"waiting":{"reason":"CrashLoopBackOff"}}},{"name":"a","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]`,
		`[{"name":"a","state":{"running":{}}}]`, `[{"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]`,
		`[{"name":"","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]`),
	of("status.initContainerStatuses", `[{"name":"i","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]`),
	of("status.containerStatuses.0"), of("status.containerStatuses.0.name"), of("status.containerStatuses.0.state"),
	of("status.containerStatuses.0.state.waiting"),
	of("status.containerStatuses.0.state.waiting.reason", `"ImagePullBackOff"`, `"crashloopbackoff"`),
	of("status.conditions.0.status", `"True"`, `"False"`, `"Unknown"`), of("status.conditions.0.type", `"Ready"`, `"ContainersReady"`),
}
