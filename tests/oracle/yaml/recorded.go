package main

import (
	"fmt"
	"regexp"
	"sort"

	"wheelhouse.test/oracle/recorded"
)

var separator = regexp.MustCompile(`(?m)^---[ \t]*`)

// Every document of every recorded manifest and hook, once.
func recordedCases(folder string) []vector {
	texts := map[string]bool{}
	for _, release := range recorded.Releases(folder) {
		for _, document := range separator.Split(release.Manifest, -1) {
			texts[document] = true
		}
		for _, hook := range release.Hooks {
			texts[hook.Manifest] = true
		}
		for _, template := range release.Chart.Templates {
			texts[string(template.Data)] = true
		}
	}
	var sorted []string
	for text := range texts {
		sorted = append(sorted, text)
	}
	sort.Strings(sorted)
	var cases []vector
	for i, text := range sorted {
		cases = append(cases, vector{Name: fmt.Sprintf("recorded %02d", i), YAML: text})
	}
	return cases
}
