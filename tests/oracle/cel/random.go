package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/fluxcd/pkg/runtime/cel"
)

// asserted compares an expression with what the reference says that it is: a wrong value is seen, not only a wrong type.
func asserted(expression string) (assertion string) {
	defer func() {
		if recover() != nil {
			assertion = expression
		}
	}()
	parsed, err := cel.NewExpression(expression)
	if err != nil {
		return expression
	}
	value, err := parsed.Evaluate(context.Background(), content("values"))
	if err != nil {
		return expression
	}
	switch value := value.(type) {
	case string:
		quoted, _ := json.Marshal(value)
		return fmt.Sprintf("%s == %s", expression, quoted)
	case int64:
		return fmt.Sprintf("%s == %d && type(%s) == int", expression, value, expression)
	case uint64:
		return fmt.Sprintf("%s == %du", expression, value)
	case float64:
		return fmt.Sprintf("string(%s) == '%v'", expression, value)
	case []byte:
		return fmt.Sprintf("base64.encode(%s) == base64.encode(bytes(%s))", expression, expression)
	default:
		return fmt.Sprintf("%s == %s", expression, expression)
	}
}

func leaf(random *rand.Rand, kind string) string {
	if kind == "any" {
		kind = kinds[random.IntN(len(kinds))]
	}
	of := leaves[kind]
	return of[random.IntN(len(of))]
}

func callOf(random *rand.Rand, name string, global bool, kinds []string) string {
	var arguments []string
	for _, kind := range kinds {
		arguments = append(arguments, leaf(random, kind))
	}
	if global {
		return fmt.Sprintf("%s(%s)", name, strings.Join(arguments, ", "))
	}
	return fmt.Sprintf("%s.%s(%s)", arguments[0], name, strings.Join(arguments[1:], ", "))
}

// randomCases are expressions grown from all the parts, mostly of fitting types, so that most of them have a value.
func randomCases(seed uint64, count int) []expressionCase {
	random := rand.New(rand.NewPCG(seed, 7))
	var cases []expressionCase
	for range count {
		cases = append(cases, expressionCase{Expression: grown(random, "bool", 3), Object: "values"})
	}
	return cases
}

func grown(random *rand.Rand, kind string, depth int) string {
	if random.IntN(25) == 0 {
		kind = kinds[random.IntN(len(kinds))]
	}
	if depth == 0 {
		return leaf(random, kind)
	}
	sub := func(kind string) string { return grown(random, kind, depth-1) }
	other := kinds[random.IntN(8)]
	var forms []func() string
	form := func(text string, kinds ...string) {
		forms = append(forms, func() string {
			parts := make([]any, len(kinds))
			for i, kind := range kinds {
				parts[i] = sub(kind)
			}
			return fmt.Sprintf(text, parts...)
		})
	}
	switch kind {
	case "bool":
		form("(%s && %s)", "bool", "bool")
		form("(%s || %s)", "bool", "bool")
		form("!%s", "bool")
		form("(%s == %s)", other, other)
		form("(%s != %s)", other, other)
		form("(%s < %s)", "int", "double")
		form("(%s >= %s)", "uint", "int")
		form("(%s <= %s)", "string", "string")
		form("(%s > %s)", "timestamp", "timestamp")
		form("%s in %s", other, "list")
		form("%s in %s", "string", "map")
		form("%s.startsWith(%s)", "string", "string")
		form("%s.contains(%s)", "string", "string")
		form("%s.all(x, x == %s)", "list", other)
		form("%s.exists(x, x == %s || %s)", "list", other, "bool")
		form("%s.exists_one(x, x == %s)", "list", other)
		form("%s.filter(x, x != %s) == %s", "list", other, "list")
		form("%s.exists(k, k == %s)", "map", "string")
		form("sets.contains(%s, %s)", "list", "list")
		form("%s.hasValue()", "optional")
		form("(%s ? %s : %s)", "bool", "bool", "bool")
		form("type(%s) == type(%s)", other, other)
	case "int":
		form("(%s + %s)", "int", "int")
		form("(%s - %s)", "int", "int")
		form("(%s * %s)", "int", "int")
		form("(%s / %s)", "int", "int")
		form("(%s %% %s)", "int", "int")
		form("-%s", "int")
		form("size(%s)", "list")
		form("%s.size()", "string")
		form("int(%s)", "double")
		form("int(%s)", "string")
		form("%s.indexOf(%s)", "string", "string")
		form("%s.getMinutes()", "timestamp")
		form("(%s ? %s : %s)", "bool", "int", "int")
	case "uint":
		form("(%s + %s)", "uint", "uint")
		form("(%s / %s)", "uint", "uint")
		form("uint(%s)", "int")
	case "double":
		form("(%s + %s)", "double", "double")
		form("(%s * %s)", "double", "double")
		form("(%s / %s)", "double", "double")
		form("double(%s)", "int")
	case "string":
		form("(%s + %s)", "string", "string")
		form("string(%s)", "int")
		form("%s.replace(%s, %s)", "string", "string", "string")
		form("%s.substring(%s)", "string", "int")
		form("%s.lowerAscii()", "string")
		form("%s.trim()", "string")
		form("%s.join(%s)", "list", "string")
		form("%s.orValue(%s)", "optional", "string")
		form("string(%s)", "duration")
	case "list":
		form("(%s + %s)", "list", "list")
		form("[%s, %s]", other, other)
		form("%s.map(x, %s)", "list", other)
		form("%s.map(x, x == %s)", "list", other)
		form("%s.filter(x, x == %s)", "list", other)
		form("%s.map(k, k)", "map")
		form("%s.split(%s)", "string", "string")
	case "map":
		form("{'a': %s}", other)
		form("{%s: %s}", "string", other)
		form("{%s: 1, 'b': %s}", "int", other)
	case "duration":
		form("(%s + %s)", "duration", "duration")
		form("(%s - %s)", "timestamp", "timestamp")
	case "timestamp":
		form("(%s + %s)", "timestamp", "duration")
	case "optional":
		form("optional.of(%s)", other)
		form("optional.ofNonZeroValue(%s)", other)
		form("%s[?%s]", "list", "int")
		form("%s[?%s]", "map", "string")
		form("%s.?a", "map")
		form("%s.or(%s)", "optional", "optional")
		form("%s.optMap(v, %s)", "optional", other)
	default:
		return leaf(random, kind)
	}
	return forms[random.IntN(len(forms))]()
}
