// Says what the API server takes from documents of OpenAPI v3: the types by which it merges, and by which patches are
// applied. The documents are those that the demo has from a real server, and generated ones.
//
// Each line holds a document's name, the document itself where it is generated, and its kinds, each as a map from
// paths to what is there. What a type holds is told where it is met first, kinds and fields in order; elsewhere it is
// the "same" as there. Or it is broken, and the server would take none of it.
package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

type Line struct {
	Name     string                     `json:"name"`
	Document json.RawMessage            `json:"document,omitempty"`
	Kinds    map[string]map[string]*Use `json:"kinds,omitempty"`
	Broken   bool                       `json:"broken,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: schema demo/openapi.json.gz >schema.jsonl")
		os.Exit(2)
	}
	if err := run(os.Args[1], json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string, out *json.Encoder) error {
	out.SetEscapeHTML(false)
	recorded, err := read(path)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(recorded))
	for name := range recorded {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		kinds, err := judge(recorded[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := out.Encode(Line{Name: name, Kinds: kinds}); err != nil {
			return err
		}
	}
	for _, generated := range generate() {
		line := Line{Name: generated.name, Document: generated.text}
		if line.Kinds, err = judge(generated.text); err != nil {
			line.Broken = true
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func read(path string) (map[string]json.RawMessage, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var documents map[string]json.RawMessage
	return documents, json.NewDecoder(text).Decode(&documents)
}
