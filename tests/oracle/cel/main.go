// Says what Flux makes of health check expressions: github.com/fluxcd/pkg/runtime/cel, which helm-controller asks.
//
// -print objects prints the objects that the cases speak of, -print expressions what each expression says of its object,
// -print checks what whole sets of healthCheckExprs say of theirs; one line of JSON each. With -random N [-seed S]
// -print expressions prints N random ones instead, for a longer comparison than what is committed.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"strings"

	"github.com/fluxcd/pkg/runtime/cel"
)

// expressionCase is one expression over one object, over "values" where none is named. Result is true, false, "error" where the evaluation fails or gives
// no bool, "invalid" where the expression is refused before any object is seen, and "panic" where the library itself fails.
type expressionCase struct {
	Expression string `json:"expression"`
	Object     string `json:"object,omitempty"`
	Result     any    `json:"result"`
}

func main() {
	what := flag.String("print", "expressions", "objects, expressions or checks")
	random := flag.Int("random", 0, "print so many random expressions instead of the set")
	seed := flag.Uint64("seed", 1, "of the random expressions")
	flag.Parse()

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	write := func(line any) {
		if err := lines.Encode(line); err != nil {
			log.Fatal(err)
		}
	}
	switch *what {
	case "objects":
		for _, name := range names() {
			write(map[string]any{"name": name, "object": json.RawMessage(objects[name])})
		}
	case "expressions":
		cases := randomCases(*seed, *random)
		if *random == 0 {
			cases = expressionCases()
		}
		seen := map[[2]string]bool{}
		for _, c := range cases {
			key := [2]string{c.Expression, c.Object}
			if seen[key] {
				continue
			}
			seen[key] = true
			c.Result = judge(c.Expression, content(c.Object))
			if isByChance(c) {
				continue
			}
			if c.Object == "values" {
				c.Object = ""
			}
			write(c)
		}
	case "checks":
		for _, c := range checkCases() {
			write(c)
		}
	default:
		log.Fatalf("nothing is known of %s", *what)
	}
}

// isByChance says whether the library answers now one thing, now another: what it makes of a map has no order.
func isByChance(c expressionCase) bool {
	if _, isBool := c.Result.(bool); !isBool && c.Result != "error" {
		return false
	}
	if !strings.Contains(c.Expression, "map(") && !strings.Contains(c.Expression, "filter(") {
		return false
	}
	parsed, err := cel.NewExpression(c.Expression)
	if err != nil {
		return true
	}
	object := content(c.Object)
	for range 100 {
		if evaluate(parsed, object) != c.Result {
			return true
		}
	}
	return false
}

func judge(expression string, object map[string]any) (result any) {
	defer func() {
		if recover() != nil {
			result = "panic"
		}
	}()
	parsed, err := cel.NewExpression(expression)
	if err != nil {
		return "invalid"
	}
	return evaluate(parsed, object)
}

func evaluate(parsed *cel.Expression, object map[string]any) any {
	truth, err := parsed.EvaluateBoolean(context.Background(), object)
	if err != nil {
		return "error"
	}
	return truth
}
