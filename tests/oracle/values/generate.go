package main

import (
	"encoding/json"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/fluxcd/pkg/apis/meta"
	"sigs.k8s.io/yaml"
)

// generator makes trees of few keys, so that layers meet often.
type generator struct{ *rand.Rand }

var keys = []string{"a", "b", "c", "image", "tag", "a.b", "1", "01", "global", "true", "A", "db", "é"}

var scalars = []any{
	nil, nil, nil, true, false, 0, 1, -1, 8080, 1.5, -0.25, 1e21, 1e-7, 9007199254740993, 123456789012345678, uint64(18446744073709551615),
	"", "a", "1", "01", "true", "null", "~", "1.5", "1e3", "0x10", "12:30", "on", " padded ", "two\nlines", "a: b", "#no", "日本",
}

func pick[T any](g *generator, all []T) T { return all[g.IntN(len(all))] }

func (g *generator) tree(depth int) object {
	tree := object{}
	for range g.IntN(5) {
		tree[pick(g, keys)] = g.value(depth - 1)
	}
	return tree
}

func (g *generator) value(depth int) any {
	switch roll := g.IntN(10); {
	case roll < 4 && depth > 0:
		return g.tree(depth)
	case roll < 6 && depth > 0:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(depth-1))
		}
		return list
	default:
		return pick(g, scalars)
	}
}

// over makes a tree that meets another one: some of its keys, with values of the same or of another type, and some more.
func (g *generator) over(below object) object {
	tree := object{}
	if g.IntN(4) == 0 {
		tree = g.tree(3)
	}
	for key, value := range sorted(below) {
		inner, isMap := value.(object)
		switch roll := g.IntN(8); {
		case roll < 2:
		case roll < 6 && isMap:
			tree[key] = g.over(inner)
		case roll == 6:
			tree[key] = nil
		default:
			tree[key] = g.value(3)
		}
	}
	return tree
}

var texts = []string{
	"", "null", "~", "42", "just text", "- a\n- b\n", "true", "a: [", "\tx: 1", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "a: !!binary eA==\n",
	"? {a: b}\n: c\n", "a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", "a: *x\n", "{a: 1, b: {c: null}}", "a: 0640\nb: on\nc: 1_000\n",
	"1: one\n01: two\ntrue: three\n", "a:\n  b: 9007199254740993\n", "a: 1e400\n", "a: .inf\n", "# nothing\n", "---\n", "a: |\n  text\n  more\n", "\"a.b\": 1\n",
}

var paths = []string{
	"a", "b", "c", "db", "a.b", "a.c", "b.c", "a.b.c", "image.tag", "c.db.tag", `a\.b`, `a\.b.c`, "a[0]", "a[1]", "a[0].b", "a[1].b", "b[0].c[1]", "b[0][1]",
	"a[0][0].c", "a[2]", "db.a[0]", "db.a[0].b", "db.a[1].b", "a.b[0].c", "a[3].image.tag", ".a", "a.", "a..b", "a[", "a[]", "a[x]", "a[-1]", "a[65537]", "a[+1]",
	"a[0]b", "a[0]..b", "a/b", "1", "01", "é", "global.a", strings.Repeat("a.", 30) + "a", strings.Repeat("a.", 31) + "a", `a\`, "a=b", "a,b", "a[0],b",
}

var written = []string{
	"1", "0", "01", "-5", "-0", "+5", "1.5", "true", "TRUE", "falſe", "False", "null", "Null", "", " ", "'quoted'", `"quoted"`, "'", `"`, `'mixed"`, "''1''", "{a,b}", "{}",
	"{a", "{a}x", "{a},b=1", "{a}b=1", "a,b", "a,b=c", "a,b=", "a,b.c", `a\,b`, `a\`, "a=b", "x[0]", "9223372036854775807", "9223372036854775808", "9007199254740993",
	"1e3", "0x10", "two\nlines", "日本", "1,a[0", "1,a[0]", "1,a[0]=2", "1,b[1].c=2", ",", "=", "{1,true,null, x}", "1,image.tag=2", "1,image=2", "s3cr3t", `\{a\}`, `{a\,b}`, "null,a.b=1", "-",
	"1,a[0][0]=3", "1,.x=2", "1,=2", "[1]",
}

func (g *generator) text() string {
	if g.IntN(6) == 0 {
		return pick(g, texts)
	}
	return string(must(yaml.Marshal(g.tree(4))))
}

// sources makes a HelmRelease's inline values, its valuesFrom, and the objects around it.
func (g *generator) sources() (object, []meta.ValuesReference, map[string]map[string]string) {
	objects := map[string]map[string]string{}
	var refs []meta.ValuesReference
	for range 1 + g.IntN(4) {
		ref := meta.ValuesReference{
			Kind: pick(g, []string{"ConfigMap", "Secret"}), Name: pick(g, []string{"a", "b", "c"}), Optional: g.IntN(2) == 0,
		}
		if g.IntN(100) == 0 {
			ref.Kind = "Pod"
		}
		if g.IntN(2) == 0 {
			ref.ValuesKey = pick(g, []string{"k", "l"})
		}
		text := g.text()
		if g.IntN(2) == 0 {
			ref.TargetPath = pick(g, paths)
			ref.Literal = g.IntN(4) == 0
			text = pick(g, written)
		}
		if id := ref.Kind + "/" + ref.Name; ref.Kind != "Pod" && g.IntN(12) > 0 {
			if objects[id] == nil {
				objects[id] = map[string]string{}
			}
			if g.IntN(12) > 0 {
				objects[id][ref.GetValuesKey()] = text
			}
		}
		refs = append(refs, ref)
	}
	return g.tree(4), refs, objects
}

// stories are cases that chance makes seldom.
func stories() []merged {
	var told []merged
	from := func(path string) meta.ValuesReference {
		return meta.ValuesReference{Kind: "ConfigMap", Name: "a", ValuesKey: "k", TargetPath: path}
	}
	deep := `{"a":{"b":1,"c":[1,{"d":2}]},"db":{"a":[{"b":1}]},"b":[[1],[2]]}`
	for _, inline := range []string{`{}`, deep, `{"a":1,"b":{"c":2}}`, `{"a":null,"b":[]}`} {
		for _, path := range paths {
			for _, text := range []string{"1", "", "'x'", "{a,b}", "1,a[0]=2"} {
				objects := map[string]map[string]string{"ConfigMap/a": {"k": text}}
				told = append(told, merge(parsed(inline), []meta.ValuesReference{from(path)}, objects))
			}
		}
	}
	for _, text := range written {
		for _, literal := range []bool{false, true} {
			ref := from("a.b")
			ref.Literal = literal
			told = append(told, merge(object{}, []meta.ValuesReference{ref}, map[string]map[string]string{"ConfigMap/a": {"k": text}}))
		}
	}
	for _, text := range texts {
		told = append(told, merge(object{}, []meta.ValuesReference{from("")}, map[string]map[string]string{"ConfigMap/a": {"k": text}}))
	}
	return told
}

func parsed(text string) object {
	var tree object
	check(json.Unmarshal([]byte(text), &tree))
	return tree
}

// sorted goes over a map in the order of its keys, so that the same seed makes the same cases.
func sorted(tree object) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, key := range slices.Sorted(maps.Keys(tree)) {
			if !yield(key, tree[key]) {
				return
			}
		}
	}
}
