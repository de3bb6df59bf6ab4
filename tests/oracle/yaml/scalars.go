package main

import "fmt"

// Texts that a scalar can consist of; most of them mean something else than text in one of the versions of YAML.
var scalars = []string{
	"", "~", "null", "Null", "NULL", "nULL", "nil", "none",
	"true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "yEs", "no", "No", "NO",
	"on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N", "t", "f", "T", "F",
	"0", "1", "-1", "+1", "-0", "+0", "00", "007", "0640", "0777", "08", "09", "0o17", "0O17", "0o8", "-0o17",
	"0x1F", "0X1f", "-0x1f", "+0x1f", "0x", "0xg", "0b101", "0B101", "-0b101", "+0b1", "0b", "0b2", "0b+1", "0b-1",
	"-0b+1", "-0b-1", "0o", "-", "+", "--1", "+-1", "1-", "1+1",
	"1_000", "1__0", "_1", "1_", "0x_1F", "0_7", "-1_0", "1_000.5", "1_0e1_0", "0b1_0", "+_1",
	"2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775807", "9223372036854775808",
	"-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
	"+18446744073709551615", "123456789012345678901234567890", "-123456789012345678901234567890",
	"0xFFFFFFFFFFFFFFFF", "0x7FFFFFFFFFFFFFFF", "0x10000000000000000", "01777777777777777777777",
	"0b1111111111111111111111111111111111111111111111111111111111111111", "0777777777777777777777777777",
	"1.0", "1.5", "-1.5", "+1.5", "1.", ".5", "-.5", "+.5", ".", "..", "...", ".e1", ".5e3", ".5_0", "-.5_0", ".5.5", "1.5.5",
	"1e3", "1E3", "1e+3", "1e-3", "1.e3", "1e", "e1", "1e400", "-1e400", "1e-400", "1e308", "1.7976931348623157e308",
	"4.9e-324", "1e21", "1e20", "123456789.125", "0.1", "0.30000000000000004", "1e-7", "1e-6", "100000", "1000000",
	"0.0", "-0.0", "1.10", "3.14159265358979", "0x1p4", "0x1.8p1", "1f", "1d", "1L",
	".inf", ".Inf", ".INF", ".iNF", "+.inf", "-.inf", "-.INF", ".nan", ".NaN", ".NAN", ".nAN", "inf", "nan", "Infinity",
	"NaN", "-inf", "+inf", ".infinity", "+.nan",
	"12:30", "12:30:45", "190:20:30", "1:2", "0:0", "-1:30", "1:30.5", "22:22",
	"2001-01-01", "2001-1-1", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "2001-12-15 2:59:43.10",
	"2001-12-15T02:59:43.1Z", "2001-12-15T02:59:43,1Z", "2001-02-30", "2001-13-01", "2000-02-29", "1900-02-29",
	"2001-12-15T25:59:43Z", "2001-12-15 02:59", "2001-12-15T02:59:43+24:00", "2001-12-15T02:59:43+25:00",
	"2001-12-15T02:59:43.Z", "2001-12-15T2:5:3Z", "02001-01-01", "2001-01-01 ", "2001-001-01", "20010101", "2001-01",
	"2001-12-15T02:59:60Z", "2001-12-15t02:59:43z",
	"1.2.3", "v1.2", "1.2.3.4", "10.0.0.1", "10.0.0.0/8", "1Gi", "100m", "1e3Mi", "0.5", "5%", "1,000", "$5", "a b",
	"hello", "Hello World", "<<", "=", "a=b", "a:b", "a: b", "a :b", "a#b", "a #b", "#b", ":", ": b", ":b", "::", "a:",
	"-a", "- a", "?a", "? a", "!a", "&a", "*a", "|", ">", "%a", "@a", "`a`", "{", "}", "[", "]", ",", "a,b", "a, b",
	"{a: 1}", "[a, 1]", "a{b", "a}b", "a[b", "a]b", "a?b", "a?", "'", "\"", "a'b", "a\"b", "'a", "a'", "\\", "\\n",
	"---", "--- a", "----", "-- -", "a---", "... a", "a...", "é", "日本", "🙂", "a\u00a0b", "a\u2028b", "a\u0085b",
	"a\ufeffb", "\u200b", "a\tb", "a\t#b", "\ta", "a\t", "a\u007fb", "a\u0001b", "\u00a01", "١٢",
}

// Ways to write a scalar.
var forms = []struct {
	name  string
	write func(string) string
}{
	{"plain", func(s string) string { return s }},
	{"single", func(s string) string { return "'" + s + "'" }},
	{"double", func(s string) string { return "\"" + s + "\"" }},
}

// Places where a scalar can stand.
var places = []struct {
	name  string
	write func(string) string
}{
	{"document", func(s string) string { return s + "\n" }},
	{"value", func(s string) string { return "k: " + s + "\n" }},
	{"key", func(s string) string { return s + ": v\n" }},
	{"entry", func(s string) string { return "- " + s + "\n- end\n" }},
	{"flow-entry", func(s string) string { return "[" + s + ", end]\n" }},
	{"flow-value", func(s string) string { return "{k: " + s + "}\n" }},
	{"flow-key", func(s string) string { return "{" + s + ": v}\n" }},
}

var tags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp", "!!binary", "!!merge", "!!set",
	"!custom", "!", "!<tag:yaml.org,2002:int>", "!!seq"}

var tagged = []string{"", "~", "3", "-3", "3.0", "0x10", "yes", "y", "abc", "aGVsbG8=", "gICA", "a b", "2001-01-01",
	"2001-12-15T02:59:43.1Z", "2001-02-30", "18446744073709551615", "18446744073709551616", "<<", ".inf", "1_0", "null"}

func scalarCases() []vector {
	var cases []vector
	for i, s := range scalars {
		for _, place := range places {
			cases = append(cases, vector{Name: fmt.Sprintf("scalar %03d plain %s", i, place.name), YAML: place.write(s)})
		}
		// Quoted, the place matters less: one value, one key.
		for _, form := range forms[1:] {
			text := form.write(s)
			cases = append(cases,
				vector{Name: fmt.Sprintf("scalar %03d %s value", i, form.name), YAML: "k: " + text + "\n"},
				vector{Name: fmt.Sprintf("scalar %03d %s flow key", i, form.name), YAML: "{" + text + ": v}\n"})
		}
		cases = append(cases,
			vector{Name: fmt.Sprintf("scalar %03d literal", i), YAML: "k: |\n  " + s + "\n"},
			vector{Name: fmt.Sprintf("scalar %03d folded", i), YAML: "k: >-\n  " + s + "\n  next\n"})
	}
	for _, tag := range tags {
		for i, s := range tagged {
			cases = append(cases,
				vector{Name: fmt.Sprintf("tag %s %02d plain", tag, i), YAML: "k: " + tag + " " + s + "\n"},
				vector{Name: fmt.Sprintf("tag %s %02d quoted", tag, i), YAML: "k: " + tag + " \"" + s + "\"\n"},
				vector{Name: fmt.Sprintf("tag %s %02d key", tag, i), YAML: tag + " " + s + " : v\n"})
		}
	}
	return cases
}
