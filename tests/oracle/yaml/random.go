package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Pieces that YAML gives a meaning, put together at random. Most of what comes out is an error, and must be one.
var pieces = []string{
	"a", "b", "key", "1", "0640", "1.5", "true", "no", "~", "é", "x y", ": ", ":", ":\n", "\n", "\n", "\n", "\n  ", "\n    ", "\n ",
	" ", "  ", "- ", "-", "? ", "?", "[", "]", "{", "}", ",", ", ", "'", "'", "\"", "\"", "'q'", "\"q\"", "|", "|\n", ">-\n",
	"#", " # c", "# c\n", "&a ", "*a", "&b ", "*b", "!!str ", "!!int ", "!x ", "<<: ", "<<: *a", "---", "---\n", "\n---\n", "...\n",
	"\t", "\r\n", "\r", "\u0085", "\u2028", "\\", "\\n", "%", "@", "a: 1\n", "- a\n", "b:\n", "  c: d\n", "  - e\n", "{a: 1}", "[1, 2]",
	"a: &a {x: 1}\n", "=", "\ufeff", "%YAML 1.1\n", "!", "&", "*", "|2", ">+", "''", "\"\"",
}

// Whole texts, in which random pieces are put, taken away or repeated. What comes out is often still YAML.
var grounds = []string{
	"a: 1\nb:\n  c: d\n  e:\n  - f\n  - g: h\n    i: j\n",
	"k: |\n  text\n   more\n\n  end\nl: >-\n  fold\n  ed\n\n  p\nm: end\n",
	"a: {b: [1, 2, {c: d}], e: 'f g', \"h\": i}\nj: [k, l: m]\n",
	"a: &a\n  x: 1\nb:\n  <<: *a\n  y: \"q\\n\\u00e9\"\nc: *a\n",
	"# c\n---\na: 'it''s'\nb: \"x\n  y\"\n? c\n: d\n...\n",
	"- a\n- - b\n  - c\n-\n  d: e\n- !!str 1\n- 'x\n\n  y'\n",
}

func randomCases(seed uint64, count int) []vector {
	random := rand.New(rand.NewPCG(seed, 2))
	var cases []vector
	for i := 0; i < count; i++ {
		text := pick(random)
		if i%3 != 0 {
			text = mutate(random, grounds[random.IntN(len(grounds))])
		}
		cases = append(cases, vector{Name: fmt.Sprintf("random %d %d", seed, i), YAML: text})
	}
	return cases
}

func pick(random *rand.Rand) string {
	var b strings.Builder
	for n := 1 + random.IntN(12); n > 0; n-- {
		b.WriteString(pieces[random.IntN(len(pieces))])
	}
	return b.String()
}

func mutate(random *rand.Rand, text string) string {
	runes := []rune(text)
	for n := 1 + random.IntN(3); n > 0; n-- {
		at := random.IntN(len(runes) + 1)
		to := min(len(runes), at+random.IntN(4))
		switch random.IntN(4) {
		case 0:
			runes = append(runes[:at:at], runes[to:]...)
		case 1:
			runes = append(runes[:to:to], runes[at:]...)
		default:
			piece := []rune(pieces[random.IntN(len(pieces))])
			runes = append(runes[:at:at], append(piece, runes[at:]...)...)
		}
	}
	return string(runes)
}
