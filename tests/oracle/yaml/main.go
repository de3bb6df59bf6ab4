// Says what sigs.k8s.io/yaml, through which Helm reads YAML, makes of a set of texts.
//
// Without arguments it prints one line of JSON for each text of the set: its name, the text, and either the JSON that
// it becomes or the error. With -random N [-seed S] it prints N random texts instead, for a longer comparison than
// what is committed.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"

	"sigs.k8s.io/yaml"
)

type vector struct {
	Name    string          `json:"name"`
	YAML    string          `json:"yaml"`
	JSON    json.RawMessage `json:"json,omitempty"`
	Error   bool            `json:"error,omitempty"`
	Message string          `json:"message,omitempty"`
}

func main() {
	random := flag.Int("random", 0, "print so many random texts instead of the set")
	seed := flag.Uint64("seed", 1, "of the random texts")
	recordings := flag.String("recordings", "../recordings", "the folder of the recordings")
	flag.Parse()

	var cases []vector
	if *random > 0 {
		cases = randomCases(*seed, *random)
	} else {
		cases = append(cases, scalarCases()...)
		cases = append(cases, structureCases()...)
		cases = append(cases, recordedCases(*recordings)...)
		cases = append(cases, randomCases(1, 600)...)
	}

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.Name] {
			log.Fatalf("two cases are named %s", c.Name)
		}
		names[c.Name] = true
		if !judge(&c) {
			// Keys that collide only as text: the reference keeps either by chance.
			fmt.Fprintf(os.Stderr, "left out, for the reference answers by chance: %s\n", c.Name)
			continue
		}
		line, err := json.Marshal(c)
		if err != nil {
			log.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
}

// judge fills in what the reference says, and tells whether it always says the same.
//
// Two keys that collide may lie in a map of Go so that only one of its eight ways to begin turns them round: 24 tries miss
// that once in twenty-five, 100 once in a million. Long documents hold no such keys.
func judge(c *vector) bool {
	tries := 100
	if len(c.YAML) > 4096 {
		tries = 24
	}
	for i := 0; i < tries; i++ {
		var next vector
		converted, err := yaml.YAMLToJSON([]byte(c.YAML))
		if err != nil {
			next.Error = true
			next.Message = err.Error()
		} else {
			next.JSON = converted
		}
		if i > 0 && (next.Error != c.Error || string(next.JSON) != string(c.JSON)) {
			return false
		}
		c.JSON, c.Error, c.Message = next.JSON, next.Error, next.Message
	}
	return true
}
