package main

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
)

// How many objects of each kind are drawn at random.
const drawn = 220

// wrong is what stands in every field of every rule once: each type, and the numbers at the ends of theirs.
var wrong = fragments(`null`, `true`, `""`, `"text"`, `"3"`, `"None"`, `0`, `-1`, `1.5`, `1.0`, `1e3`, `1e21`, `0.00001`, `123456789.5`,
	`9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `[]`, `[null]`, `["x",1]`, `{}`, `{"b":[1,null],"a":1.0}`)

// generic are the fields of the rules that hold for every kind.
var generic = []string{
	"apiVersion", "kind", "metadata", "metadata.generation", "metadata.deletionTimestamp", "spec", "status",
	"status.observedGeneration", "status.conditions", "status.conditions.0", "status.conditions.0.type",
	"status.conditions.0.status", "status.conditions.0.reason", "status.conditions.0.message",
}

// standard are the conditions of the rules that hold for every kind.
var standard = fragments(
	`{"type":"Reconciling","status":"True","reason":"Busy","message":"at work"}`,
	`{"type":"Reconciling","status":"False","reason":"Idle","message":"at rest"}`,
	`{"type":"Reconciling","status":"Unknown"}`,
	`{"type":"Stalled","status":"True","reason":"GaveUp","message":"no more tries"}`,
	`{"type":"Stalled","status":"False"}`,
	`{"type":"Stalled","status":"True"}`,
	`{"type":"Ready","status":"True","reason":"Fine","message":"all is well"}`,
	`{"type":"Ready","status":"False","reason":"Bad","message":"not well"}`,
	`{"type":"Ready","status":"Unknown","reason":"Who","message":"who knows"}`,
	`{"type":"Ready","status":"true"}`, `{"type":"Ready"}`, `{"type":"ready","status":"True"}`, `{}`, `null`,
)

// misshapen are conditions that cannot be read.
var misshapen = fragments(`"Ready"`, `[]`, `1`, `1.5`, `true`,
	`{"type":1,"status":"True"}`, `{"type":"Ready","status":true}`, `{"type":"Ready","status":1}`, `{"type":"Ready","status":1.5}`,
	`{"type":"Ready","status":"True","reason":7}`, `{"type":"Ready","status":"True","message":{}}`, `{"type":["Ready"]}`)

type generator struct {
	random *rand.Rand
	cases  []Case
	seen   map[string]bool
}

// generate makes the cases: the same ones at every run.
func generate(recorded recordings) []Case {
	g := &generator{random: rand.New(rand.NewPCG(5, 2)), seen: map[string]bool{}}
	for _, kind := range kinds {
		g.every(kind)
		for range drawn {
			g.draw(kind)
		}
	}
	g.versions()
	g.readers()
	g.aggregates(nil)
	return append(g.cases, recorded.cases()...)
}

func (g *generator) add(object any) {
	text := must(json.Marshal(object))
	if !g.seen[string(text)] {
		g.seen[string(text)] = true
		g.cases = append(g.cases, Case{Object: text})
	}
}

// every varies one field at a time, and has every condition once alone and once in front of the usual ones.
func (g *generator) every(kind kind) {
	g.add(kind.object())
	fields := append([]field{}, kind.fields...)
	for _, path := range generic {
		fields = append(fields, field{path: path})
	}
	for _, field := range fields {
		g.add(without(kind.object(), field.path))
		for _, value := range append(append([]any{}, field.values...), wrong...) {
			g.add(with(kind.object(), field.path, value))
		}
	}
	for _, condition := range append(append(append([]any{}, kind.conditions...), standard...), misshapen...) {
		usual, _ := at(kind.object(), "status.conditions").([]any)
		g.add(with(kind.object(), "status.conditions", []any{condition}))
		g.add(with(kind.object(), "status.conditions", append([]any{condition}, usual...)))
		g.add(with(kind.object(), "status.conditions", append(append([]any{}, usual...), condition)))
	}
	for _, generations := range [][2]any{{1, 2}, {2, 1}, {2, 2}, {0, 0}, {0, -1}, {-1, 0}, {2, "2"}, {"2", 2}, {nil, 2}, {2, nil}} {
		object := with(kind.object(), "metadata.generation", generations[0])
		g.add(with(object, "status.observedGeneration", generations[1]))
		g.add(with(with(object, "status.observedGeneration", generations[1]), "metadata.deletionTimestamp", "2026-01-01T00:00:00Z"))
	}
}

// draw varies many fields at once.
func (g *generator) draw(kind kind) {
	object := kind.object()
	for _, field := range kind.fields {
		switch n := g.random.IntN(100); {
		case n < 10:
			object = without(object, field.path)
		case n < 50 && len(field.values) > 0:
			object = with(object, field.path, pick(g, field.values))
		case n < 56:
			object = with(object, field.path, pick(g, wrong))
		}
	}
	if len(kind.conditions) > 0 && g.random.IntN(3) > 0 || g.random.IntN(6) == 0 {
		conditions := []any{}
		for range g.random.IntN(4) {
			pool := kind.conditions
			switch n := g.random.IntN(20); {
			case n == 0:
				pool = misshapen
			case n < 3 || len(pool) == 0:
				pool = standard
			}
			conditions = append(conditions, pick(g, pool))
		}
		object = with(object, "status.conditions", conditions)
	}
	switch g.random.IntN(25) {
	case 0:
		object = with(object, "metadata.generation", 9)
	case 1:
		object = without(object, "status.observedGeneration")
	case 2:
		object = without(object, "status")
	}
	g.add(object)
}

// versions asks which groups and kinds have rules, whatever their version is.
func (g *generator) versions() {
	for _, version := range fragments(`"v1"`, `"v9"`, `"apps/v1"`, `"apps/v1beta2"`, `"apps"`, `"apps/"`, `"/v1"`, `"/"`, `"apps/v1/x"`, `"extensions/v1beta1"`,
		`"batch/v1"`, `"policy/v1"`, `"apiextensions.k8s.io/v1"`, `"networking.k8s.io/v1"`, `"stable.example.com/v1"`, `""`, `null`, `1`) {
		for _, kind := range fragments(`"Deployment"`, `"StatefulSet"`, `"ReplicaSet"`, `"DaemonSet"`, `"Job"`, `"CronJob"`, `"Pod"`, `"Secret"`, `"ConfigMap"`,
			`"Service"`, `"PersistentVolumeClaim"`, `"PodDisruptionBudget"`, `"CustomResourceDefinition"`, `"Ingress"`, `"ReplicationController"`,
			`"apps/Deployment"`, `"batch/Job"`, `"pod"`, `""`, `null`, `1`) {
			g.add(map[string]any{"apiVersion": version, "kind": kind})
		}
	}
	g.add(map[string]any{})
}

// aggregates asks of every list of up to three statuses.
func (g *generator) aggregates(statuses []string) {
	all := []string{"InProgress", "Failed", "Current", "Terminating", "NotFound", "Unknown"}
	for _, desired := range all {
		g.cases = append(g.cases, Case{Many: &Many{Statuses: append([]string{}, statuses...), Desired: desired}})
	}
	if len(statuses) < 3 {
		for _, status := range all {
			g.aggregates(append(statuses[:len(statuses):len(statuses)], status))
		}
	}
}

func pick[T any](g *generator, from []T) T { return from[g.random.IntN(len(from))] }

func fragments(texts ...string) []any {
	var values []any
	for _, text := range texts {
		values = append(values, parsed(text))
	}
	return values
}

// parsed keeps numbers as they are spelled.
func parsed(text string) any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	check(decoder.Decode(&value))
	return value
}

func at(value any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		switch container := value.(type) {
		case map[string]any:
			value = container[key]
		case []any:
			if place, err := strconv.Atoi(key); err == nil && place < len(container) {
				value = container[place]
			} else {
				return nil
			}
		default:
			return nil
		}
	}
	return value
}

// with gives an object with a field set; maps on the way are made, and nothing is set where something else is in the way.
func with(object any, path string, value any) any {
	return changed(object, strings.Split(path, "."), &value)
}

func without(object any, path string) any { return changed(object, strings.Split(path, "."), nil) }

func changed(object any, path []string, value *any) any {
	if len(path) == 0 {
		return *value
	}
	switch container := object.(type) {
	case nil:
		if value == nil {
			return nil
		}
		return map[string]any{path[0]: changed(nil, path[1:], value)}
	case map[string]any:
		copied := map[string]any{}
		for key, field := range container {
			copied[key] = field
		}
		if len(path) == 1 && value == nil {
			delete(copied, path[0])
		} else if field, ok := copied[path[0]]; ok || value != nil {
			copied[path[0]] = changed(field, path[1:], value)
		}
		return copied
	case []any:
		place, err := strconv.Atoi(path[0])
		if err != nil || place >= len(container) {
			return container
		}
		copied := append([]any{}, container...)
		if len(path) == 1 && value == nil {
			return append(copied[:place], copied[place+1:]...)
		}
		copied[place] = changed(copied[place], path[1:], value)
		return copied
	default:
		return object
	}
}
