// Works out effective release names by the documented rule of helm-controller: a name of more than 53 bytes is cut to
// its first 40 bytes, a dash, and the first 12 hexadecimal digits of the SHA-256 of the whole name. The function is in
// an internal package there, so that it cannot be called; the names of the recordings are checked as well.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type vector struct {
	ReleaseName     string `json:"releaseName,omitempty"`
	TargetNamespace string `json:"targetNamespace,omitempty"`
	Name            string `json:"name"`
	Effective       string `json:"effective"`
}

func shorten(name string) string {
	if len(name) <= 53 {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:40] + "-" + hex.EncodeToString(sum[:])[:12]
}

func main() {
	var vectors []vector
	add := func(release, target, name string) {
		whole := release
		if whole == "" {
			whole = name
			if target != "" {
				whole = target + "-" + name
			}
		}
		vectors = append(vectors, vector{release, target, name, shorten(whole)})
	}
	add("", "", "web")
	add("", "shop", "web")
	add("front", "", "web")
	add("front", "shop", "web")
	for _, n := range []int{1, 39, 40, 41, 52, 53, 54, 55, 60, 63, 64, 100, 253} {
		add("", "", strings.Repeat("a", n))
		add("", "shop", strings.Repeat("b", n))
		add(strings.Repeat("c", n), "", "web")
		add("", strings.Repeat("n", min(n, 63)), strings.Repeat("d", n))
		add("", "", strings.Repeat("x.y-", (n+3)/4)[:n])
	}
	encoder := json.NewEncoder(os.Stdout)
	for _, v := range vectors {
		if err := encoder.Encode(v); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
