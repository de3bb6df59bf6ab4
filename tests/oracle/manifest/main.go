// Says how Helm cuts manifests into documents: one line of JSON for each manifest of a set.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"sort"
	"strings"

	"helm.sh/helm/v4/pkg/release/v1/util"

	"wheelhouse.test/oracle/recorded"
)

type vector struct {
	Manifest  string   `json:"manifest"`
	Documents []string `json:"documents"`
}

var manifests = []string{
	"", "\n", "   ", "---", "---\n", "---\n---\n", "--- \n\t\n---", "a: 1", "a: 1\n", "---\na: 1\n", "\n\n---\na: 1\n\n\n", "  ---\na: 1\n",
	"a: 1\n---\nb: 2\n", "a: 1\n---b: 2\n", "a: 1\n--- b: 2\n", "a: 1\n---\tb: 2\n", "a: 1\n--- # c\nb: 2\n", "a: 1\n---   \n\n  b: 2\n",
	"a: 1\n ---\nb: 2\n", "a: |\n  x\n---\nb: 2\n", "a: |\n  x\n  ---\n  y\nb: 2\n", "a: '\n---\n'\n", "a: \"x\n--- y\"\n",
	"a: 1\r\n---\r\nb: 2\r\n", "a: 1\r---\rb: 2\r", "\r\n---\r\na: 1", "----\na: 1\n", "-----BEGIN X-----\n", "a: 1\n------\nb: 2\n", "a: 1\n---\n---\n---\nb: 2\n",
	"# Source: c/a.yaml\na: 1\n---\n# Source: c/b.yaml\nb: 2\n", "---\n# only\n---\n# Source: x\n\na: 1\n", "a: 1\n...\n---\nb: 2\n",
	"a: 1\n---", "a: 1\n--- ", "a: 1\n---x", "--", "-", "a---\n---", "\u00a0---\na: 1\n", "\u2003\n---\na", "\ufeff---\na: 1\n", "\u0085---\na: 1\n", "\v---\na", "\f\n---\na",
	"a: 1\n---\n\u00a0\n---\nb: 2\n", "a: 1\u2028---\nb: 2", "a: 1\u0085---\nb: 2", "---\u00a0a: 1\n", "---\n  indented: 1\n  more: 2\n", "a: é\n---\nb: 🙂\n---\n",
	"--- |\n  x\n--- >\n  y\n", "--- {a: 1}\n--- [b]\n", "a: 1\n---#c\nb: 2\n", "- a\n---\n- b\n", "- a\n- ---\n", "a:\n---\n- b\n", "\n\n\n", "\t---\na", "a\n\t---\nb",
}

func main() {
	cases := map[string]bool{}
	for _, manifest := range manifests {
		cases[manifest] = true
		cases[strings.ReplaceAll(manifest, "\n", "\r\n")] = true
	}
	for _, release := range recorded.Releases("../recordings") {
		cases[release.Manifest] = true
	}
	pieces := []string{"---", "---", "\n", "\n", "\n", " ", "\t", "a: 1\n", "b", "# c", "# Source: x/y\n", "\r\n", "-", "\u00a0", "|\n  x\n", "\u2028", "é"}
	random := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < 300; i++ {
		var b strings.Builder
		for n := 1 + random.IntN(12); n > 0; n-- {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		cases[b.String()] = true
	}
	var sorted []string
	for manifest := range cases {
		sorted = append(sorted, manifest)
	}
	sort.Strings(sorted)

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, manifest := range sorted {
		split := util.SplitManifests(manifest)
		documents := make([]string, len(split))
		for i := range documents {
			text, ok := split[fmt.Sprintf("manifest-%d", i)]
			if !ok {
				log.Fatalf("document %d of %q is missing", i, manifest)
			}
			documents[i] = text
		}
		line, err := json.Marshal(vector{manifest, documents})
		if err != nil {
			log.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
}
