package main

import (
	"fmt"
	"strings"
)

func structureCases() []vector {
	var cases []vector
	for _, group := range groups {
		for i, text := range group.texts {
			name := fmt.Sprintf("%s %02d", group.name, i)
			cases = append(cases, vector{Name: name, YAML: text})
			if strings.Contains(text, "\n") && !strings.Contains(text, "\r") {
				cases = append(cases, vector{Name: name + " crlf", YAML: strings.ReplaceAll(text, "\n", "\r\n")})
			}
			if trimmed := strings.TrimSuffix(text, "\n"); trimmed != text && trimmed != "" {
				cases = append(cases, vector{Name: name + " cut", YAML: trimmed})
			}
		}
	}
	for _, header := range []string{"|", "|-", "|+", ">", ">-", ">+", "|2", "|2-", "|-2", ">2+", ">+2", "|0", "|10",
		"|--", "|2 # note", "|#note", "| x", "|1", "|4", ">1", "|-\t", "|9"} {
		for i, body := range []string{"", "\n", "  a\n", "  a\n  b\n", "  a\n\n  b\n", "  a\n   b\n  c\n", "   a\n  b\n",
			"  a\n\n\n", "\n  a\n", "\n\n   \n  a\n", "    \n  a\n", "  \ta\n", "\ta\n", "  a\n\tb\n", "  a\nb: c\n",
			"  # no comment\n", "  a\n # comment\nb: c\n", "  a\n  \n  b\n", "  a \n  b\n", "  a\n\n   b\n\n  c\n",
			"   a\n", "  a\r  b\n", "  a\u0085  b\n", "  a\u2028  b\n", "  ---\n", "---\n", "  a\n...\n", "a\n"} {
			cases = append(cases, vector{Name: fmt.Sprintf("block %s %02d", header, i), YAML: "k: " + header + "\n" + body})
			if i%3 == 0 {
				cases = append(cases, vector{Name: fmt.Sprintf("block entry %s %02d", header, i),
					YAML: "k:\n- " + header + "\n" + body + "- end\n"})
			}
		}
	}
	for i := 0; i < 128; i++ {
		if i == '\n' || i == '\r' {
			continue
		}
		c := string(rune(i))
		cases = append(cases,
			vector{Name: fmt.Sprintf("ascii %02x start", i), YAML: "k: " + c + "a\n"},
			vector{Name: fmt.Sprintf("ascii %02x middle", i), YAML: "k: a" + c + "b\n"},
			vector{Name: fmt.Sprintf("ascii %02x flow", i), YAML: "[" + c + "a, a" + c + "b]\n"},
			vector{Name: fmt.Sprintf("ascii %02x escape", i), YAML: "k: \"\\" + c + "\"\n"},
			vector{Name: fmt.Sprintf("ascii %02x anchor", i), YAML: "k: &a" + c + "b v\nl: *a" + c + "b\n"},
			vector{Name: fmt.Sprintf("ascii %02x tag", i), YAML: "k: !a" + c + "b v\n"})
	}
	cases = append(cases,
		vector{Name: "laughs", YAML: laughs()},
		vector{Name: "many aliases", YAML: "a: &a [1, 2]\nb: [" + strings.Repeat("*a, ", 300) + "]\n"},
		vector{Name: "few of many aliases", YAML: "a: &a [1, 2]\nb: [" + strings.Repeat("*a, ", 40) + strings.Repeat("x, ", 2000) + "]\n"},
		vector{Name: "ratio just over", YAML: "a: &a [" + strings.Repeat("x, ", 999) + "]\nb: [" + strings.Repeat("*a, ", 150) + "]\n"},
		vector{Name: "ratio under", YAML: "a: &a [" + strings.Repeat("x, ", 999) + "]\nb: [" + strings.Repeat("*a, ", 50) + "]\n"},
		vector{Name: "key of 1024", YAML: strings.Repeat("k", 1024) + ": v\n"},
		vector{Name: "key of 1025", YAML: strings.Repeat("k", 1025) + ": v\n"},
		vector{Name: "flow key of 1025", YAML: "{" + strings.Repeat("k", 1025) + ": v}\n"},
		vector{Name: "quoted key of 1022", YAML: "\"" + strings.Repeat("é", 1022) + "\": v\n"},
		vector{Name: "quoted key of 1023", YAML: "\"" + strings.Repeat("é", 1023) + "\": v\n"},
		vector{Name: "nested 100", YAML: strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n"},
		vector{Name: "nested 10001", YAML: strings.Repeat("[", 10001)},
	)
	return cases
}

func laughs() string {
	var b strings.Builder
	b.WriteString("a: &a [x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c <= 'i'; c++ {
		b.WriteString(fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9), ", ")))
	}
	return b.String()
}

var groups = []struct {
	name  string
	texts []string
}{
	{"empty", []string{"", "\n", "  \n", "# only\n", "---\n", "--- \n...\n", "...\n", "---\n---\n", "\n\n---\n# x\n", "--- # x\n",
		"\ufeff", "\ufeffa: 1\n", "\ufeff\n---\na: 1\n", "a: 1\n\ufeffb: 2\n", "\t\n", " \t \n", "\t# x\n", "--- null\n", "--- ~\n"}},
	{"document", []string{"a: 1\n---\nb: 2\n", "a: 1\n...\nb: 2\n", "---\na: 1\n...\n", "--- a: 1\n", "--- {a: 1}\n", "--- |\n  x\n",
		"---a: 1\n", "--- 'x'\n--- 'y'\n", "a: 1\n--- {bad\n", "a: 1\n---\n{bad: [\n", "a\n---\nb\n", "a: 'x\n---\ny'\n", "a: \"x\n... \ny\"\n",
		"- a\n---\n- b\n", "[a\n---\n]\n", "a: 1\n--- \nb: 2\n", "a: x\n --- y\n", "a: x\n  ... y\n", "--- >\n x\n y\n", "--- # c\na: 1\n",
		"---\n---\na: 1\n", "a: 1\n...\n...\nb: 1\n", "a: 1\n... # end\n", "a: 1\n...x\n", "--- &a x\n", "--- !!str\n", "--- - a\n", "---\ta: 1\n"}},
	{"directive", []string{"%YAML 1.1\n---\na: 1\n", "%YAML 1.2\n---\na: 1\n", "%YAML 1.0\n---\na: 1\n", "%YAML 2.0\n---\na\n", "%YAML 1.1\n",
		"%YAML 1.1\na: 1\n", "%YAML 1\n---\na\n", "%YAML 1.1 # c\n---\na\n", "%YAML 1.1\n%YAML 1.1\n---\na\n", "%YAML 111.1\n---\na\n",
		"%TAG ! tag:x,2000:\n---\n!a b\n", "%TAG !e! tag:yaml.org,2002:\n---\n!e!int 3\n", "%TAG !e! tag:yaml.org,2002:\n---\n!e!int x\n",
		"%TAG !! tag:x,2000:\n---\n!!int x\n", "%TAG !e! x\n%TAG !e! y\n---\na\n", "%TAG !e x\n---\na\n", "%TAG !e!\n---\na\n", "%TAG\n---\na\n",
		"%FOO bar\n---\na\n", "%\n---\na\n", "a: 1\n%YAML 1.1\n---\nb\n", "a: 1\n...\n%YAML 1.1\n---\nb\n", "---\n%x: 1\n", "a:\n  %x\n",
		"%YAML 1.1\n...\na\n", "!e!int 3\n", " %YAML 1.1\n---\na\n", "%YAML 1.1x\n---\na\n", "%TAG ! !x \n---\na\n"}},
	{"map", []string{"a: 1\nb: 2\n", "a:\n  b:\n    c: 1\n", "a:\n b: 1\n c: 2\n", "a:\n  b: 1\n c: 2\n", "a: 1\n b: 2\n", " a: 1\n b: 2\n", " a: 1\nb: 2\n",
		"a:\nb:\n", "a:\n\n\n  b: 1\n", "a: b: c\n", "a: b\n c\n", "a: b\n  c: d\n", "a:\n  b\n  c\n", "a: 1 # c\n# d\nb: 2\n", "a:# c\n", "a: # c\n  1\n",
		"a :  1\n", "\"a\" : 1\n", "\"a\":1\n", "'a':1\n", "a:1\n", "{\"a\":1}\n", "{a:1}\n", "{'a':1, \"b\":2}\n", "a: 'b' c\n", "a: 'b' # c\n", "a: 'b'# c\n", "a: \"b\"x\n",
		"? a\n: b\n", "? a\n", "? a\n? b\n", "? - x\n: y\n", "? {x: 1}\n: y\n", "? |\n  x\n: y\n", "? a: b\n: c\n", ": b\n", "a\n: b\n", "? a\nb: c\n", "?\n: x\n", "? a\n  b\n: c\n",
		"[a]: b\n", "{a: b}: c\n", "a b c: d\n", "a\nb: c\n", "\"a\nb\": c\n", "'a b': c\n", "a: - b\n", "a:\n- b\n- c\nd: e\n", "a:\n - b\n - c\nd: e\n", "a:\n  - b\n- c\n",
		"a: 1\na: 2\n", "a: 1\n\"a\": 2\n", "1: a\n0x1: b\n", "1: a\n1.0: b\n", "{a: 1, a: 2}\n", "a: {~: 1}\na: 2\n", "a: .nan\na: 1\n", "~: a\nnull: b\n", "true: a\nyes: b\n",
		"1.5: a\n", "1e3: a\n", "1234567.0: a\n", "999999.5: a\n", "0.0001: a\n", "0.00001: a\n", "1e21: a\n", "1e300: a\n", "-1e300: a\n", "0.1: a\n", "16777217.0: a\n", "100000.5: a\n", "-0.0: a\n", "1e6: a\n", "123456.7: a\n",
		".inf: a\n", "-.inf: a\n", ".nan: a\n", "9223372036854775808: a\n", "2001-01-01: a\n", "!!binary aGk=: b\n", "!!binary aGk= : b\n", "0640: a\n", "-1: a\n",
		"a: \n", "a:\t1\n", "a: \t1\n", "a:\n\tb: 1\n", "\ta: 1\n", "a:\n  b: 1\n\tc: 2\n", "a: 1\t\n", "a: 1\t# c\n", "a:\n  \tb: 1\n", "a: x\n\ty\n", "a: x\n  \ty\n", "a:\t{b:\t1}\n", "a:\n\t- b\n", "a:\n\n\t\nb: 1\n",
		"a: \"x\"\nb: 'y'\n", "a: &x 1\n", "a:\n  # c\n  b: 1\n", "a: |\n x\nb: 1\n", "a: b:\n", "a: b :c\n", "a: ::\n", "a: http://x:80/y\n", "a: x: \n", "a: @x\n", "a: `x`\n", "a: %x\n", "a: !x\n", "a: ! x\n", "a: 'it''s'\n"}},
	{"list", []string{"- a\n- b\n", "-\n- a\n", "-\n", "- - a\n  - b\n- c\n", "- a: 1\n  b: 2\n- c\n", "- a: 1\n b: 2\n", "-a\n", "-\ta\n", "- \ta\n", "- a\n -b\n", "- a\n - b\n", "- a\nb: c\n", "  - a\n  - b\n", "  - a\n - b\n",
		"- |\n x\n- >\n y\n", "-\n  a: 1\n-\n  - b\n", "- ? a\n  : b\n", "- # c\n  a\n", "- - - a\n", "- -\n", "- - a\n - b\n", "- []\n- {}\n", "- a\n# c\n- b\n", "- 'a'\n  'b'\n", "- a\n\n\n- b\n", "-  a\n-   b\n", "--- \n- a\n", "- !!str\n- b\n", "- &a\n- *a\n", "-\n a\n"}},
	{"flow", []string{"[]\n", "{}\n", "[ ]\n", "{ }\n", "[a]\n", "[a,b]\n", "[a, b, ]\n", "[a,,b]\n", "[,a]\n", "[,]\n", "{,}\n", "{a}\n", "{a, b}\n", "{a: 1,}\n", "{a: 1,,}\n", "{a: }\n", "{a:}\n", "{a: , b: 1}\n", "{: a}\n", "{:a}\n", "[a: b]\n", "[a: b, c: d]\n", "[a: b: c]\n", "[: b]\n", "[? a]\n", "[? a : b]\n", "[?]\n", "[? : a]\n", "[?a]\n", "[? , a]\n", "{? a : b}\n", "{? a, b}\n", "{?}\n", "{? : a}\n", "{?a: b}\n",
		"[[a], [b, [c]]]\n", "{a: {b: {c: 1}}}\n", "[{a: 1}, {b: 2}]\n", "{a: [1, 2]}\n", "[a\n,b\n]\n", "[\na\n]\n", "{\na: 1\n}\n", "k: {\n}\n", "k: [\n]\n", "k: {\n  a: 1\n}\n", "k: {\na: 1\n}\nl: 2\n", "k: [\na,\nb\n]\nl: 2\n", "k:\n  {a: 1\n,b: 2}\n", "k: [a\n  b, c]\n", "k: [a, # c\n b]\n", "k: [a #c\n, b]\n", "[a#b]\n", "[a #b]\n", "k: [\n\ta\n]\n", "{a: \"x\", 'b': 'y'}\n", "[\"a\":1]\n", "[\"a\": 1]\n", "{\"a\":1,\"b\":[true,null]}\n", "{a:b}\n", "{a:b, c}\n", "[a:b]\n", "[a:,b]\n", "[http://x:80]\n", "{u: http://x:80/y?z}\n", "[a?b]\n", "[a b]\n", "[-]\n", "[- a]\n", "[-a]\n", "[--]\n", "[-, a]\n", "[a\n- b]\n", "[|]\n", "[>]\n", "[a|b]\n", "[%a]\n", "[@a]\n", "[!!str a]\n", "[!!str , a]\n", "[!!str]\n", "[&a b, *a]\n", "[&a , *a]\n", "[*a]\n", "[&a,b]\n", "{*a: 1}\n", "{&a a: *a}\n", "{&a a: 1, *a : 2}\n", "{&a a: 1, *a: 2}\n",
		"[", "{", "]", "}", "[a", "{a", "{a:", "[a}", "{a]", "[a]]\n", "[a] b\n", "[a]: b\n", "{a: 1} # c\n", "[a]# c\n", "[a]#c\n", "k: [a] b\n", "k: {a: 1}x\n", "k: [a]\n l: b\n", "- [a\n- b]\n", "[a: [b: c]]\n", "[{a: b}: c]\n", "[a, b: {c: d}, e]\n", "{[a]: b}\n", "{{a: b}: c}\n", "{a: b: c}\n", "{a b: c d}\n", "{a\n b: c}\n", "{a\n: b}\n", "{\"a\"\n: b}\n", "{\"a\n b\": c}\n", "[a\n: b]\n", "[\"a\"\n: b]\n", "[\"a\n b\": c]\n", "{a: 'b'c}\n", "{a: 'b' c}\n", "[a\n---\n, b]\n", "{a: |\n x\n}\n", "[~, null, , a]\n", "[ , ]\n", "{a: ~, ~: b}\n", "k: {a: 1\nl: 2}\n", "k: [\n# c\na\n# d\n]\n", "{a: 1, <<: {b: 2}}\n", "{<<: [{a: 1}, {b: 2}]}\n", "[<<: {a: 1}]\n", "{a: 1 b: 2}\n", "{a, b: c, d}\n", "{a: b, c: d: e}\n", "[a: b\nc]\n"}},
	{"quote", []string{"'a'\n", "''\n", "''''\n", "'a''b'\n", "'a\nb'\n", "'a\n\nb'\n", "'a\n\n\nb'\n", "'a \n b'\n", "' a '\n", "'a\\nb'\n", "'a\n'\n", "'\na'\n", "'\n\na'\n", "'a\n\n'\n", "'a\tb'\n", "'a\n\tb'\n", "'a\t\nb'\n", "'a\n  b'\n", "k: 'a\nb'\n", "k: 'a\n  b'\nl: c\n", "k: 'a\nl: b'\n", "'a", "'a''", "'", "'a' 'b'\n", "'a'b\n", "'a #b'\n", "'a: b'\n", "'a'#b\n", "'a\u2028b'\n", "'a\u0085b'\n", "'a\r\nb'\n", "'a\rb'\n", "'\u2028'\n", "'a \u2028\u2028 b'\n",
		"\"a\"\n", "\"\"\n", "\"a\\nb\"\n", "\"a\\tb\"\n", "\"a\\\tb\"\n", "\"\\x41\\u0041\\U00000041\"\n", "\"\\x4\"\n", "\"\\u004\"\n", "\"\\uD83D\\uDE42\"\n", "\"\\U0001F642\"\n", "\"\\U00110000\"\n", "\"\\ud800\"\n", "\"\\udfff\"\n", "\"\\ufeff\"\n", "\"\\0\"\n", "\"\\N\\_\\L\\P\"\n", "\"\\e\\a\\b\\f\\v\\r\"\n", "\"\\/\"\n", "\"\\'\"\n", "\"\\\"\"\n", "\"\\\\\"\n", "\"\\z\"\n", "\"\\ \"\n", "\"a\\\nb\"\n", "\"a\\\n  b\"\n", "\"a \\\n  b\"\n", "\"a\\\n\n  b\"\n", "\"a\\\n  \\ b\"\n", "\"a\nb\"\n", "\"a\n\nb\"\n", "\"a  \n  b\"\n", "\"\n a\"\n", "\"a\n \"\n", "\"a\\n\n b\"\n", "\"a", "\"a\\\"", "\"a\\", "\"", "\"a\"b\n", "\"a\" \"b\"\n", "\"a\n---\nb\"\n", "\"a\n ---\nb\"\n", "\"a\n...\nb\"\n", "\"---\"\n", "\"\n---x\"\n", "\"\\u00e9\"\n", "\"\\xe9\"\n", "\"\\xff\"\n", "\"\\U0000d800\"\n", "\"\\UFFFFFFFF\"\n", "\"\\u12g4\"\n", "\"<&>\"\n", "\"\\x00\\x7f\"\n", "k: \"a\nb\"\n", "k: \"a\n\tb\"\n"}},
	{"plain", []string{"a\nb\n", "a\n\nb\n", "a\n\n\nb\n", "a\n b\n", " a\nb\n", "a \n  b\n", "a #c\nb\n", "a\n#c\nb\n", "a\n# c\n", "a\n- b\n", "a\n? b\n", "a\n: b\n", "k: a\n b\n", "k: a\nb\n", "k: a\n\n b\n", "k: a\n # c\n b\n", "k: a\n # c\nl: b\n", "k:\n a\n b\nl: c\n", "k: a\n  - b\n", "k: a\n  b: c\n", "k: a\n  b:c\n", "k: a\n  'b'\n", "k: a 'b' \"c\"\n", "k: a\n  [b]\n", "k: a\n  # c\n\n  d\n", "- a\n b\n- c\n", "- a\nb\n", "k: a\u2028 b\n", "k: a\u0085 b\n", "k: a\n\u2028 b\n", "k: a\r b\r\n", "k: a\rl: b\r", "k: a   \n", "k: a \t b\n", "k: a\n\t\n b\n", "k: a\n \t\n b\n", "k: -\n", "k: --\n", "k: - a\n", "k: ?\n", "k: ?a\n", "k: :a\n", "k: a?\n", "k: a,b\n", "k: ,a\n", "k: a]\n", "k: ]a\n", "k: a{b}\n", "k: *\n", "k: &\n", "k: !\n", "k: a&b\n", "k: a*b\n", "k: a!b\n", "k: a|b\n", "k: a>b\n", "k: a%b\n", "k: a@b\n", "k: a`b\n", "k: a\\b\n", "k: <a>&\n"}},
	{"anchor", []string{"a: &x 1\nb: *x\n", "a: &x [1]\nb: *x\nc: *x\n", "a: &x {k: v}\nb: *x\n", "a: *x\n", "a: *x\nb: &x 1\n", "a: &x 1\nb: &x 2\nc: *x\n", "&x a: 1\nb: *x\n", "&x a: *x\n", "a: &x\nb: *x\n", "a: &x\n  b: *x\n", "&x [*x]\n", "&x {a: *x}\n", "&x a: 1\n*x : 2\n", "a: &x 1\n*x : 2\n", "a: &x 1\n*x: 2\n", "a: &x [1]\n*x : 2\n", "a: &x !!str 1\nb: *x\n", "a: !!str &x 1\nb: *x\n", "a: &x &y 1\n", "a: !!str !!int 1\n", "a: &x *y\n", "a: &x 1\nb: &y *x\n", "a: &x-1_B 1\nb: *x-1_B\n", "a: &é 1\n", "a: &x.y 1\n", "a: & 1\n", "a: * 1\n", "a: &x,1\n", "a: &x: 1\n", "- &x a\n- *x\n- &x b\n- *x\n", "- &x\n- *x\n", "- &x - a\n", "&x - a\n", "--- &x\na: 1\n", "--- &x\n- *x\n", "&x\na: *x\n", "&x a\n", "a: &x |\n  t\nb: *x\n", "a: &x 'q'\nb: *x\n", "a: &x 0640\nb: *x\n", "a: &x ~\nb: *x\n", "a: &x 1\n---\nb: *x\n", "a: *x y\n", "a: &x 1 2\nb: *x\n", "a: &x  # c\n  1\nb: *x\n", "a: &x # c\nb: *x\n", "a: !!map &x\n  b: 1\nc: *x\n", "a: &x [*x2, &x2 1]\n", "a: &x [&x2 1, *x2]\nb: [*x, *x2]\n"}},
	{"tag", []string{"a: !!map {b: 1}\n", "a: !!seq [1]\n", "a: !!map [1]\n", "a: !!str {b: 1}\n", "a: !!set {b, c}\n", "a: !!omap [b: 1]\n", "!!map\na: 1\n", "!!str a: 1\n", "a: !!str\n", "a: !!str\nb: 1\n", "a: !!int\n", "a: !!null\n", "a: !!bool\n", "a: !!float 1\n", "a: !!str |\n  1\n", "a: !!int |\n  1\n", "a: !!int |-\n  1\n", "a: !!binary |\n  aGVs\n  bG8=\n", "a: !!binary \"aGVsbG8\"\n", "a: !!binary /////w==\n", "a: !!binary 4oI=\n", "a: !<x> 1\n", "a: !<> 1\n", "a: !<x 1\n", "a: !x!y 1\n", "a: !!a!b 1\n", "a: !a%20b 1\n", "a: !a%2 1\n", "a: !a%e9 1\n", "a: !a%c3%a9 1\n", "a: !a%ff 1\n", "a: !{} 1\n", "a: !,x 1\n", "[!a, !b]\n", "a: !!%69nt 3\n", "a: !!in%74 x\n", "a: !<tag:yaml.org,2002:str> 3\n", "a: ! 3\n", "a: ! '3'\n", "a: ! ~\n", "a: !\n", "! <<: {a: 1}\n", "!!merge <<: {a: 1}\n", "!!merge x: {a: 1}\n", "!!str <<: {a: 1}\n", "a: !!merge <<\n", "- !!str - a\n", "- !!str\n  - a\n"}},
	{"merge", []string{"a: &a {x: 1}\nb:\n  <<: *a\n", "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n", "a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*b, *a]\n  z: 3\n", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: {y: 2}\n", "a: &a {x: 1}\nb: {<<: *a, <<: {x: 3}}\n", "<<: {a: 1}\n", "<<: {a: 1}\na: 2\n", "a: 2\n<<: {a: 1}\n", "<<: 1\n", "<<:\n", "<<: ~\n", "<<: []\n", "<<: [1]\n", "<<: [[{a: 1}]]\n", "<<: [{a: 1}, 2]\n", "a: &a [1]\n<<: *a\n", "a: &a 1\n<<: *a\n", "a: &a {x: 1}\nl: &l [*a]\n<<: *l\n", "a: &a {x: 1}\n<<: [*a, {x: 2}]\n", "\"<<\": {a: 1}\n", "'<<': {a: 1}\n", "a: <<\n", "- <<\n", "a: &a\n  x: &b {y: 1}\n  <<: *b\nc:\n  <<: *a\n", "&a <<: {a: 1}\n", "a: &a {<<: *a}\n", "&a\n<<: *a\n", "a: &a {x: {p: 1}}\nb:\n  <<: *a\n  x: {q: 2}\n", "a: &a {~: 1}\nb:\n  <<: *a\n", "<<: {? [a] : 1}\n", "a: &a {<<: {x: 1}, y: 2}\nb: {<<: *a, y: 3}\n", "<< : {a: 1}\n", "? <<\n: {a: 1}\n", "a: &m <<\n*m : {x: 1}\n", "<<: {<<: {<<: {a: 1}}}\n", "<<: {a: 1, b: 2}\n<<: {b: 3}\nb: 4\n", "x: {<<: {1: a}, 1: b, 0x1: c}\n"}},
	{"helm", []string{"replicaCount: 1\nimage:\n  repository: nginx\n  pullPolicy: IfNotPresent\n  tag: \"\"\nresources: {}\nnodeSelector: {}\ntolerations: []\naffinity: {}\n", "annotations:\n  checksum/config: 0e5\n  commit: 1e10\n  short: 1234567\n  hex: 0x12\n  version: 1.10\n  port: 0123\n", "defaultMode: 0640\nmode: 420\n", "args: [\"--a=b\", --c, -d]\n", "env:\n- name: A\n  value: \"yes\"\n- name: B\n  value: yes\n", "command:\n- sh\n- -c\n- |\n  set -e\n  echo \"a: b\" # no\n- end\n", "data:\n  x.json: |-\n    {\"a\": 1}\n  y.yaml: |\n    a:\n      - b\n\n\n  z: >\n    fold\n    me\n", "a: {{ .Values.x }}\n", "a: \"{{ x }}\"\n", "{{- if x }}\n", "metadata: {name: x, labels: {app: x, helm.sh/chart: \"s-1\"}}\n", "schedule: \"*/5 * * * *\"\n", "schedule: */5 * * * *\n", "time: 12:30:00\n", "cron: 0 0 * * *\n", "mac: 01:23:45:67:89:ab\n", "ip: 10.0.0.1\ncidr: 10.0.0.0/8\n", "a: 1,000\n", "pem: |\n  -----BEGIN X-----\n  abc=\n  -----END X-----\n", "key: value  # trailing\n  \n", "  a: 1\n  b:\n    - c\n", "a:\n  - b:\n      c\n    d: e\n  -\n    f: g\n", "a: \"x\n  y\"\nb: 'x\n\n  y'\n", "spec:\n  ports: [{name: http, port: 80, targetPort: http}]\n", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A}\n- apiVersion: v1\n  kind: B\n"}},
}
