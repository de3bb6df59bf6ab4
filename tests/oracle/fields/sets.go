package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

type reading struct {
	Read string `json:"read"`
	// Refused by the library.
	Error bool `json:"error,omitempty"`
	// Taken by the library, although it, or a key in it, is not JSON.
	Lenient bool     `json:"lenient,omitempty"`
	JSON    string   `json:"json,omitempty"`
	Paths   []string `json:"paths,omitempty"`
	Leaves  []string `json:"leaves,omitempty"`
}

func parse(text string) (*fieldpath.Set, error) {
	set := &fieldpath.Set{}
	err := set.FromJSON(strings.NewReader(text))
	return set, err
}

func read(text string) reading {
	set, err := parse(text)
	if err != nil {
		return reading{Read: text, Error: true}
	}
	if !isJSON(text) {
		return reading{Read: text, Lenient: true}
	}
	return reading{Read: text, JSON: canonical(set), Paths: paths(set), Leaves: paths(set.Leaves())}
}

func canonical(set *fieldpath.Set) string { return string(must(set.ToJSON())) }

func paths(set *fieldpath.Set) []string {
	all := []string{}
	set.Iterate(func(path fieldpath.Path) { all = append(all, path.String()) })
	return all
}

// isJSON says whether the text is, and what its keys hold where they hold JSON. Half a surrogate pair is none.
func isJSON(text string) bool {
	if !json.Valid([]byte(text)) {
		return false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return true
		}
		check(err)
		key, isText := token.(string)
		if isText && len(key) > 2 && (key[:2] == "k:" || key[:2] == "v:") {
			var inner any
			if json.Unmarshal([]byte(key[2:]), &inner) != nil || bytes.ContainsRune(must(json.Marshal(inner)), '\ufffd') {
				return false
			}
		}
		if strings.ContainsRune(key, '\ufffd') {
			return false
		}
	}
}

type comparison struct {
	Left         string `json:"left"`
	Right        string `json:"right"`
	Union        string `json:"union"`
	Intersection string `json:"intersection"`
	Difference   string `json:"difference"`
	Recursive    string `json:"recursive"`
	Equal        bool   `json:"equal"`
}

func compared(left, right string) comparison {
	a, b := must(parse(left)), must(parse(right))
	return comparison{
		Left:         left,
		Right:        right,
		Union:        canonical(a.Union(b)),
		Intersection: canonical(a.Intersection(b)),
		Difference:   canonical(a.Difference(b)),
		Recursive:    canonical(a.RecursiveDifference(b)),
		Equal:        a.Equals(b),
	}
}
