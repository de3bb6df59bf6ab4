package main

import (
	"encoding/json"
	"math/rand"
	"strconv"
	"strings"
)

// written are texts whose reading is easily got wrong.
var written = []string{
	``, ` `, `null`, `{}`, ` {} `, `[]`, `1`, `"f:a"`, `{} {}`, `{}}`, `{"f:a":{}} x`, `{"f:a":{}`, `{"f:a":{},}`,
	`{".":{}}`, `{".":null,"f:a":{}}`, `{".":[1,2]}`, `{"f:a":{".":"x"}}`, `{"f:a":{".":{},"f:b":{}}}`,
	`{"f:a":null}`, `{"f:a":1}`, `{"f:a":[]}`, `{"f:a":"x"}`, `{"f:a":true}`, `{"f:a":{"f:b":0}}`,
	`{"":{}}`, `{"f":{}}`, `{":":{}}`, `{"::":{}}`, `{"fa":{}}`, `{"x:a":{}}`, `{"x:a":1}`, `{"F:a":{}}`, `{"é:a":{}}`,
	`{"f:a":{"x:b":{"f:c":{}}}}`, `{"f:a":{"x:b":7,"f:c":{}}}`, `{"f:":{}}`, `{"f::":{}}`, `{"f:.":{}}`, `{"f: ":{}}`,
	`{"f:a":{},"f:a":{"f:b":{}}}`, `{"f:a":{"f:b":{}},"f:a":{}}`, `{"f:a":{"f:b":{}},"f:a":{"f:c":{}}}`,
	`{"f:a":{".":{}},"f:a":{"f:c":{}}}`,
	`{"v:":{}}`, `{"v:x":{}}`, `{"v:1":{}}`, `{"v: 1":{}}`, `{"v:1 ":{}}`, `{"v:1 2":{}}`, `{"v:1.0":{},"v:1":{}}`,
	`{"v:0":{},"v:-0":{}}`, `{"v:-0":{}}`, `{"v:01":{}}`, `{"v:1e400":{}}`, `{"v:1e21":{}}`, `{"v:1e20":{}}`,
	`{"v:1e-7":{}}`, `{"v:0.000001":{}}`, `{"v:0.0001":{}}`, `{"v:0.00001":{}}`, `{"v:123456789":{}}`, `{"v:1000000":{}}`,
	`{"v:9007199254740993":{},"v:9007199254740992":{}}`, `{"v:18446744073709551615":{}}`, `{"v:9223372036854775807":{}}`,
	`{"v:-9223372036854775808":{}}`, `{"v:1.7976931348623157e308":{}}`, `{"v:5e-324":{}}`,
	`{"v:true":{},"v:false":{},"v:null":{},"v:\"a\"":{},"v:1":{},"v:[1]":{},"v:{\"a\":1}":{},"i:0":{},"f:a":{},"k:{\"a\":1}":{}}`,
	`{"v:[]":{},"v:[1]":{},"v:[1,1]":{},"v:[2]":{},"v:{}":{},"v:[[]]":{}}`,
	`{"v:\"a\" \"b\"":{}}`, `{"v:\"a":{}}`, `{"v:{\"a\":1":{}}`, `{"v:truex":{}}`, `{"v:nul":{}}`,
	`{"k:":{}}`, `{"k:{}":{}}`, `{"k:null":{}}`, `{"k:[]":{}}`, `{"k:1":{}}`, `{"k:{\"b\":1,\"a\":2}":{}}`,
	`{"k:{\"a\":1}":{},"k:{\"a\":1.0}":{"f:x":{}}}`, `{"k:{\"a\":80}":{},"k:{\"a\":\"80\"}":{}}`,
	`{"k:{\"a\":1,\"a\":2}":{}}`, `{"k:{\"a\":1} x":{}}`, `{"k: {\"a\":1} ":{}}`, `{"k:{\"a\":1":{}}`, `{"k:{a:1}":{}}`,
	`{"k:{\"a\":{\"b\":[1,null]}}":{}}`, `{"k:{\"a\":1}":{},"k:{\"a\":1,\"b\":2}":{},"k:{\"b\":1}":{}}`,
	`{"k:{\"name\":\"<&>\\u2028\"}":{},"v:\"<&>\\u2029\"":{},"f:<&>":{}}`, `{"k:{\"<n>\":\"x\"}":{}}`,
	`{"v:{\"<n>\":\"\\b\\f\\u0001\"}":{}}`, `{"v:\"\\u0007\\u000b\\u007f\\u0000\"":{}}`, `{"v:\"\\ud83d\\ude80\"":{}}`,
	`{"v:\"\u00a0\u200b\u0301\u00ad\ufeff\"":{}}`, `{"f:\u0301é\u2028":{}}`, `{"f:a\"b\\c\n\u0001":{}}`, `{"f:\b\f":{}}`,
	`{"i:0":{}}`, `{"i:":{}}`, `{"i: 0":{}}`, `{"i:0 ":{}}`, `{"i:+5":{}}`, `{"i:-3":{}}`, `{"i:007":{}}`, `{"i:1.5":{}}`,
	`{"i:1_0":{}}`, `{"i:9223372036854775807":{}}`, `{"i:9223372036854775808":{}}`, `{"i:0x1":{}}`,
	"\t{\"f:a\"\r\n:\t{ } }\n", `{"f:a":{} "f:b":{}}`, `{1:{}}`, `{"f:a"}`, `{"f:a"::{}}`, "{\"f:a\x01\":{}}",
	`{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{}}}}}}}}}`,
}

type generator struct{ *rand.Rand }

func pick[T any](g generator, all ...T) T { return all[g.Intn(len(all))] }

func (g generator) name() string {
	return pick(g, "a", "b", "c", "spec", "name", "a.b", "a/b", "", " ", "é", "日本", "\"", "\\", "<b>", "\n", ":", "f:a", ".",
		"\u2028", "\x7f", "[x]", "kubernetes.io/metadata.name", "\U0001F680")
}

func (g generator) scalar() string {
	return pick(g, "null", "true", "false", "0", "1", "1.0", "-1", "2", "80", "443", "0.5", "1.25e3", "1000000", "123456789.5",
		"1e21", "1e-7", "-0.0", "4294967296", `""`, `"a"`, `"b"`, `"TCP"`, `"UDP"`, `"80"`, `"é"`, `"<&>"`, `"\n\t\u0001"`,
		`"\u2028"`, `"\"\\"`, `"\ud83d\ude80"`, `"\u200b\u00ad"`, `"\/"`)
}

// value is JSON; maps have at most so many keys, because the library names more than one in any order.
func (g generator) value(depth, keys int) string {
	if depth == 0 || g.Intn(4) > 0 {
		return g.scalar()
	}
	var parts []string
	if g.Intn(2) == 0 {
		for range g.Intn(3) {
			parts = append(parts, g.value(depth-1, keys))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	for _, key := range g.Perm(3)[:g.Intn(keys+1)] {
		parts = append(parts, quoted([]string{"a", "b", "<"}[key])+":"+g.value(depth-1, keys))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func quoted(text string) string { return string(must(json.Marshal(text))) }

func (g generator) element(keys int) string {
	switch g.Intn(10) {
	case 0, 1:
		return "v:" + g.value(2, keys)
	case 2, 3:
		var fields []string
		for _, index := range g.Perm(4)[:g.Intn(4)] {
			fields = append(fields, quoted([]string{"name", "port", "protocol", "<k>"}[index])+":"+g.value(1, keys))
		}
		return "k:{" + strings.Join(fields, ",") + "}"
	case 4:
		return "i:" + strconv.Itoa(g.Intn(12)-1)
	default:
		return "f:" + g.name()
	}
}

// set is a text of FieldsV1 in any order, as no server writes it.
func (g generator) set(depth, keys int, noise bool) string {
	var parts []string
	if g.Intn(3) == 0 {
		parts = append(parts, `".":`+pick(g, "{}", "{}", "null", "[1]", `"x"`))
	}
	for range g.Intn(5) {
		below := "{}"
		if depth > 0 && g.Intn(2) == 0 {
			below = g.set(depth-1, keys, noise)
		}
		parts = append(parts, quoted(g.element(keys))+":"+below)
	}
	if noise {
		switch g.Intn(12) {
		case 0:
			parts = append(parts, `"x:`+"y"+`":`+pick(g, "{}", "1", `{"f:a":{}}`, "[]"))
		case 1:
			parts = append(parts, quoted(g.element(keys))+":null")
		case 2:
			if len(parts) > 0 {
				parts = append(parts, parts[0])
			}
		}
	}
	g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, pick(g, ",", ",", " ,\n")) + "}"
}

func (g generator) text() string { return g.set(3, 1, true) }

// damaged is a text with something cut, put in or exchanged.
func (g generator) damaged() string {
	text := []rune(g.set(2, 1, true))
	for range 1 + g.Intn(2) {
		at := g.Intn(len(text))
		junk := []rune(pick(g, "{", "}", "\"", ":", ",", " ", "x", "\\", "[", "]", "1", "-", "null", "f:", "v:", "k:", "i:", "."))
		switch g.Intn(3) {
		case 0:
			text = append(text[:at:at], text[at+1:]...)
		case 1:
			text = append(append(text[:at:at], junk...), text[at:]...)
		case 2:
			text = append(append(text[:at:at], junk...), text[at+1:]...)
		}
		if len(text) == 0 {
			break
		}
	}
	return string(text)
}

// pair is two sets that have much in common.
func (g generator) pair() (string, string) {
	left := must(parse(g.set(2, 3, false)))
	right := must(parse(g.set(2, 3, false)))
	for range g.Intn(4) {
		switch g.Intn(4) {
		case 0:
			left = left.Union(right)
		case 1:
			right = right.Union(left.Leaves())
		case 2:
			right = right.Union(left)
		case 3:
			left = left.Union(must(parse(g.set(2, 3, false))))
		}
	}
	return canonical(left), canonical(right)
}
