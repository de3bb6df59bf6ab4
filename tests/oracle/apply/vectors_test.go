package apply

import (
	"bufio"
	"encoding/json"
	"math/rand"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestVectors makes the vectors, and writes them to the file that $VECTORS names. It is a test because only those have a clock
// that stands still: the reference asks for the time itself.
func TestVectors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var chains []any
		types := object{}
		var described []any
		count := 0
		for at, k := range kinds() {
			r := rootOf(k.types, k.gvk)
			versions := object{}
			versions[k.apiVersion()] = r.describe(types)
			for _, version := range k.alike {
				gvk := k.gvk
				gvk.Version = version[len(gvk.Group)+1:]
				versions[version] = rootOf(k.types, gvk).describe(types)
			}
			described = append(described, object{"kind": k.name, "apiVersion": k.apiVersion(), "versions": versions, "resets": k.resets})
			g := &garden{rand.New(rand.NewSource(int64(at) + 7)), r, k.hot}
			j := newJudge(k)
			for range perKind {
				c := g.chain(k, j, func(seconds int) { time.Sleep(time.Duration(seconds) * time.Second) })
				count += len(c.Steps)
				chains = append(chains, c)
			}
			for _, script := range scripts() {
				if script.Kind == k.name {
					script.play(j)
					count += len(script.Steps)
					chains = append(chains, script)
				}
			}
			if k.scalePath {
				scale := k.gvk
				scale.Group, scale.Version, scale.Kind = "autoscaling", "v1", "Scale"
				described = append(described, object{"kind": "Scale", "apiVersion": "autoscaling/v1",
					"versions": object{"autoscaling/v1": rootOf(scaleTypes(), scale).describe(types)}, "resets": object{}})
			}
		}
		if count < 3000 {
			t.Fatal(count, "steps")
		}
		t.Log(count, "steps")
		lines := append([]any{object{"types": types, "kinds": described}}, chains...)
		path := os.Getenv("VECTORS")
		if path == "" {
			return
		}
		file, err := os.Create(path)
		check(err)
		out := bufio.NewWriter(file)
		for _, line := range lines {
			check(json.NewEncoder(out).Encode(line))
		}
		check(out.Flush())
		check(file.Close())
	})
}

// perKind is how many chains there are of each kind.
const perKind = 40
