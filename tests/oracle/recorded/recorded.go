// Package recorded reads the releases of the recordings as Helm itself would.
package recorded

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
)

// Release is what the reference programs need of a stored release.
type Release struct {
	Name      string         `json:"name"`
	Namespace string         `json:"namespace"`
	Version   int            `json:"version"`
	Manifest  string         `json:"manifest"`
	Config    map[string]any `json:"config"`
	Info      struct {
		Status string `json:"status"`
	} `json:"info"`
	ApplyMethod string `json:"apply_method"`
	Hooks       []struct {
		Manifest string `json:"manifest"`
	} `json:"hooks"`
	Chart struct {
		Values   map[string]any `json:"values"`
		Metadata struct {
			Name       string `json:"name"`
			Version    string `json:"version"`
			AppVersion string `json:"appVersion"`
		} `json:"metadata"`
		Templates []struct {
			Data []byte `json:"data"`
		} `json:"templates"`
	} `json:"chart"`
}

// Releases gives every stored revision of the recordings, in the order in which it was seen.
func Releases(folder string) []Release {
	var releases []Release
	for _, file := range []string{"secrets.jsonl.gz", "configmaps.jsonl.gz"} {
		for _, line := range bytes.Split(inflate(must(os.ReadFile(filepath.Join(folder, file)))), []byte{'\n'}) {
			var event struct {
				Object struct {
					Kind string            `json:"kind"`
					Data map[string]string `json:"data"`
				} `json:"object"`
			}
			if len(line) == 0 {
				continue
			}
			check(json.Unmarshal(line, &event))
			field, ok := event.Object.Data["release"]
			if !ok {
				continue
			}
			if file == "secrets.jsonl.gz" {
				field = string(must(base64.StdEncoding.DecodeString(field)))
			}
			var release Release
			check(json.Unmarshal(inflate(must(base64.StdEncoding.DecodeString(field))), &release))
			releases = append(releases, release)
		}
	}
	return releases
}

func inflate(packed []byte) []byte {
	return must(io.ReadAll(must(gzip.NewReader(bytes.NewReader(packed)))))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
