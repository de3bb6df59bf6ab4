package main

import (
	"log"
	"sort"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What the cases speak of, as a cluster would send it.
var objects = map[string]string{
	"certificate ready": `{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"web","namespace":"shop",
		"generation":2,"labels":{"app.kubernetes.io/name":"web","tier":"front"},"annotations":{"cert-manager.io/issue":"1"}},
		"spec":{"secretName":"web-tls","dnsNames":["shop.example","www.shop.example"],"duration":"2160h0m0s"},
		"status":{"observedGeneration":2,"revision":3,"notAfter":"2026-05-29T10:00:00Z","notBefore":"2026-02-28T10:00:00Z",
		"renewalTime":"2026-04-29T10:00:00Z","conditions":[{"type":"Ready","status":"True","reason":"Ready",
		"message":"Certificate is up to date and has not expired","observedGeneration":2,
		"lastTransitionTime":"2026-02-28T10:00:00Z"}]}}`,
	"certificate issuing": `{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"web","namespace":"shop",
		"generation":3},"spec":{"secretName":"web-tls"},"status":{"conditions":[
		{"type":"Ready","status":"False","reason":"DoesNotExist","observedGeneration":3},
		{"type":"Issuing","status":"True","reason":"DoesNotExist","observedGeneration":3}]}}`,
	"certificate failed": `{"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"web","namespace":"shop",
		"generation":3},"spec":{},"status":{"failedIssuanceAttempts":4,"conditions":[
		{"type":"Ready","status":"False","reason":"DoesNotExist"},{"type":"Issuing","status":"False","reason":"Failed",
		"message":"The certificate request has failed to complete and will be retried"}]}}`,
	"issuer": `{"apiVersion":"cert-manager.io/v1","kind":"ClusterIssuer","metadata":{"name":"acme","generation":1},
		"spec":{"acme":{"server":"https://acme.example/directory"}},"status":{"acme":{"uri":"https://acme.example/acct/1"},
		"conditions":[{"type":"Ready","status":"True","reason":"ACMEAccountRegistered","observedGeneration":1}]}}`,
	"external secret": `{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","metadata":{"name":"db","namespace":"shop",
		"generation":1},"spec":{"refreshInterval":"1h","data":[{"secretKey":"password"}]},"status":{"binding":{"name":"db"},
		"refreshTime":"2026-03-01T07:30:00.123456Z","syncedResourceVersion":"1-abc","conditions":[
		{"type":"Ready","status":"True","reason":"SecretSynced","message":"secret synced"}]}}`,
	"external secret failed": `{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","metadata":{"name":"db","generation":1},
		"status":{"conditions":[{"type":"Ready","status":"False","reason":"SecretSyncedError","message":"could not get secret"}]}}`,
	"sealed secret": `{"apiVersion":"bitnami.com/v1alpha1","kind":"SealedSecret","metadata":{"name":"db","generation":1},
		"status":{"observedGeneration":1,"conditions":[{"type":"Synced","status":"True"}]}}`,
	"sealed secret failed": `{"apiVersion":"bitnami.com/v1alpha1","kind":"SealedSecret","metadata":{"name":"db","generation":1},
		"status":{"observedGeneration":1,"conditions":[{"type":"Synced","status":"False","message":"no key could decrypt secret"}]}}`,
	"cluster": `{"apiVersion":"cluster.x-k8s.io/v1beta1","kind":"Cluster","metadata":{"name":"edge","generation":7},
		"spec":{"paused":false,"clusterNetwork":{"pods":{"cidrBlocks":["10.0.0.0/16"]}}},"status":{"phase":"Provisioned",
		"infrastructureReady":true,"controlPlaneReady":true,"observedGeneration":7,"failureDomains":{"a":{"controlPlane":true},
		"b":{"controlPlane":false}},"conditions":[{"type":"Ready","status":"True"},{"type":"ControlPlaneReady","status":"True"},
		{"type":"InfrastructureReady","status":"True","severity":""}]}}`,
	"cluster failed": `{"apiVersion":"cluster.x-k8s.io/v1beta1","kind":"Cluster","metadata":{"name":"edge","generation":7},
		"status":{"phase":"Failed","failureReason":"CreateError","failureMessage":"quota exceeded","infrastructureReady":false,
		"conditions":[{"type":"Ready","status":"False","severity":"Error","reason":"Quota"}]}}`,
	"claim": `{"apiVersion":"database.example/v1alpha1","kind":"PostgreSQLInstance","metadata":{"name":"orders","generation":1},
		"spec":{"parameters":{"storageGB":20,"ratio":0.5}},"status":{"conditions":[{"type":"Synced","status":"True"},
		{"type":"Ready","status":"False","reason":"Creating"}]}}`,
	"scaled object": `{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"worker","generation":1},
		"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Active","status":"False"},
		{"type":"Fallback","status":"False"},{"type":"Paused","status":"Unknown"}],"lastActiveTime":"2026-03-01T00:00:00Z"}}`,
	"cluster node": `{"apiVersion":"postgresql.example/v1","kind":"Cluster","metadata":{"name":"orders","generation":4},
		"spec":{"instances":3},"status":{"instances":3,"readyInstances":2,"phase":"Waiting for the instances to become active",
		"instancesStatus":{"healthy":["orders-1","orders-2"],"replicating":["orders-3"]}}}`,
	"no status":        `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x","generation":1},"spec":{"size":1}}`,
	"empty status":     `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x","generation":1},"status":{}}`,
	"null status":      `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x"},"status":null}`,
	"no conditions":    `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x","generation":1},"status":{"conditions":[]}}`,
	"odd conditions":   `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x"},"status":{"conditions":[{"type":"Ready"},{"status":"True"},"Ready",3,null]}}`,
	"null conditions":  `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x"},"status":{"conditions":null}}`,
	"conditions a map": `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x"},"status":{"conditions":{"Ready":{"status":"True"}}}}`,
	"stale":            `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x","generation":5},"status":{"observedGeneration":4,"conditions":[{"type":"Ready","status":"True"}]}}`,
	"generation text":  `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x","generation":5},"status":{"observedGeneration":"4","conditions":[{"type":"Ready","status":"True"}]}}`,
	"generation float": `{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"x","generation":5},"status":{"observedGeneration":4.5,"conditions":[{"type":"Ready","status":"True"}]}}`,
	"odd top level": `{"apiVersion":"v1","kind":"Secret","type":"Opaque","int":7,"data":{"a-b":"eA==","c.d":"1"},"status.ready":true,
		"metadata":{"name":"x"},"e":9,"size":3,"immutable":true}`,
	"values": `{"apiVersion":"a.example/v1","kind":"Values","metadata":{"name":"x"},"status":{"ready":true,"no":false,"none":null,
		"zero":0,"one":1,"minus":-1,"big":9223372036854775807,"small":-9223372036854775808,"wide":18446744073709551615,"huge":1e300,
		"whole":3.0,"half":0.5,"text":"abc","empty":"","number":"42","time":"2026-03-01T07:30:00Z","span":"1h30m","wörld":"ünï 日本 😀",
		"list":[1,2,3],"mixed":[1,2.0,"3",null,true,[4],{"five":5}],"nothing":[],"names":["b","a","c"],"repeated":["a","a"],
		"map":{"a":1,"b":2},"no map":{},"a-b":1,"nested":{"deep":{"deeper":{"deepest":"here"}}},"pairs":[{"k":"a","v":1},{"k":"b","v":2}]}}`,
}

func names() []string {
	all := make([]string, 0, len(objects))
	for name := range objects {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

// content is the object as a client of the cluster holds it: whole numbers as int64, others as float64.
func content(name string) map[string]any {
	text, ok := objects[name]
	if !ok {
		log.Fatalf("no object is named %s", name)
	}
	var object unstructured.Unstructured
	if err := object.UnmarshalJSON([]byte(text)); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return object.Object
}
