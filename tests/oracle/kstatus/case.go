package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Case is a question and, once it was judged, the answers.
type Case struct {
	// Object is JSON in which "@-60" stands for the moment a minute before the question.
	Object json.RawMessage `json:"object,omitempty"`
	// From names an object of the recordings instead: file, colon, place in the file from 0.
	From string `json:"from,omitempty"`
	// Reader asks a poller instead of the core rules.
	Reader *Reader `json:"reader,omitempty"`
	// Many asks what is said of many objects at once.
	Many *Many `json:"many,omitempty"`

	// Core, Job and Pod are answers to an object alone: of the core rules, and of who waits for Jobs and hooks.
	Core *Answers `json:"core,omitempty"`
	Job  *Answers `json:"job,omitempty"`
	Pod  *Answer  `json:"pod,omitempty"`
	// Polled is what a poller answers.
	Polled *Answers `json:"polled,omitempty"`
}

// Many are statuses and what is wished for, and what they come to.
type Many struct {
	Statuses []string `json:"statuses"`
	Desired  string   `json:"desired"`
	Flux     string   `json:"flux,omitempty"`
	Other    string   `json:"other,omitempty"`
}

// Reader is what a poller finds.
type Reader struct {
	// Objects of the cluster, which are selected from.
	Objects []json.RawMessage `json:"objects,omitempty"`
	// Get and List are errors: "404", "403", "canceled", "deadline", "limiter"; "unmapped" for a kind that is not served.
	Get  string `json:"get,omitempty"`
	List string `json:"list,omitempty"`
}

// Answers of two that judge. Helm stands in the place of Upstream where Jobs are judged.
type Answers struct {
	Flux  Answer `json:"flux"`
	Other Answer `json:"other"`
}

// Answer is a result, or the text of an error.
type Answer struct {
	Status    string `json:"status,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Message   string `json:"message,omitempty"`
	Condition string `json:"condition,omitempty"`
	Error     string `json:"error,omitempty"`
}

// recordings holds the objects of each file, in the order in which they were seen.
type recordings map[string][]json.RawMessage

func readRecordings(folder string) recordings {
	found := recordings{}
	for _, path := range must(filepath.Glob(filepath.Join(folder, "*.gz"))) {
		text := must(io.ReadAll(must(gzip.NewReader(bytes.NewReader(must(os.ReadFile(path)))))))
		name := filepath.Base(path)
		for _, line := range bytes.Split(text, []byte{'\n'}) {
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			var event struct {
				Object json.RawMessage   `json:"object"`
				Items  []json.RawMessage `json:"items"`
				Kind   string            `json:"kind"`
			}
			check(json.Unmarshal(line, &event))
			switch {
			case event.Object != nil:
				found[name] = append(found[name], event.Object)
			case event.Items != nil:
				found[name] = append(found[name], event.Items...)
			case event.Kind != "":
				found[name] = append(found[name], line)
			}
		}
	}
	return found
}

func (r recordings) cases() []Case {
	var files []string
	for file := range r {
		files = append(files, file)
	}
	sort.Strings(files)
	var cases []Case
	for _, file := range files {
		for place := range r[file] {
			cases = append(cases, Case{From: fmt.Sprintf("%s:%d", file, place)})
		}
	}
	return cases
}

func (r recordings) find(from string) json.RawMessage {
	file, place, _ := strings.Cut(from, ":")
	return r[file][must(strconv.Atoi(place))]
}

// read makes of JSON what a client of Kubernetes makes of it, with the moments that are meant.
func read(object json.RawMessage) map[string]any {
	var value map[string]any
	check(utiljson.Unmarshal(object, &value))
	return expand(value).(map[string]any)
}

func expand(value any) any {
	switch value := value.(type) {
	case string:
		if seconds, ok := strings.CutPrefix(value, "@"); ok {
			if age, err := strconv.Atoi(seconds); err == nil {
				return time.Now().Add(time.Duration(age) * time.Second).UTC().Format(time.RFC3339)
			}
		}
	case map[string]any:
		for key, field := range value {
			value[key] = expand(field)
		}
	case []any:
		for place, item := range value {
			value[place] = expand(item)
		}
	}
	return value
}
