// Says how much of the libraries a profile of `go test -coverprofile` reached, statement by statement, and fails where that is
// less than it should be. What the question cannot reach is named here, with the reason, and not counted.
// Without a profile it names the packages, for `-coverpkg`.
//
// What stays unreached in `status` cannot be reached either: errors of a function after those of the generic checks, which
// read the same fields first, and integers that JSON does not become. In `statusreaders` it is errors without a cause: text
// that was JSON a line before, and Pods that are Failed although they are being deleted or have no body.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// floors are the least shares, in per cent, by package.
var floors = map[string]float64{
	"github.com/fluxcd/cli-utils/pkg/kstatus/status":                95,
	"sigs.k8s.io/cli-utils/pkg/kstatus/status":                      95,
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/statusreaders": 90,
	"sigs.k8s.io/cli-utils/pkg/kstatus/polling/statusreaders":       90,
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/aggregator":    100,
	"sigs.k8s.io/cli-utils/pkg/kstatus/polling/aggregator":          100,
	"github.com/fluxcd/pkg/runtime/statusreaders":                   90,
	"helm.sh/helm/v4/internal/statusreaders":                        90,
}

// apart are functions that no answer needs.
var apart = map[string]string{
	"status.Augment":                 "writes conditions into an object",
	"status.FromStringOrDie":         "reads the name of a status",
	"statusreaders.ComputeJobStatus": "the same answer as a status that hides the error",
}

type block struct {
	start, end, statements int
	reached                bool
}

func main() {
	log.SetFlags(0)
	var packages []string
	for pkg := range floors {
		packages = append(packages, pkg)
	}
	sort.Strings(packages)
	if len(os.Args) != 2 {
		fmt.Println(strings.Join(packages, ","))
		return
	}
	files := read(os.Args[1])
	total, reached := map[string]int{}, map[string]int{}
	var missed []string
	for file, blocks := range files {
		pkg := path.Dir(file)
		functions := functionsOf(file)
		for _, block := range blocks {
			name := path.Base(pkg) + "." + functions(block.start)
			if _, ok := apart[name]; ok {
				continue
			}
			total[pkg] += block.statements
			if block.reached {
				reached[pkg] += block.statements
			} else {
				missed = append(missed, fmt.Sprintf("  not reached: %s lines %d-%d, %s", file, block.start, block.end, name))
			}
		}
	}
	failed := false
	for _, pkg := range packages {
		share := 100 * float64(reached[pkg]) / float64(max(total[pkg], 1))
		fmt.Printf("%5.1f %% of %d statements: %s\n", share, total[pkg], pkg)
		failed = failed || share < floors[pkg]
	}
	sort.Strings(missed)
	fmt.Println(strings.Join(missed, "\n"))
	if failed {
		log.Fatal("less than the cases of kstatus should reach")
	}
}

// read gives the blocks of each file; a profile names a block once for each binary that ran it.
func read(profile string) map[string]map[string]block {
	text, err := os.Open(profile)
	check(err)
	files := map[string]map[string]block{}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		place, counts, ok := strings.Cut(lines.Text(), " ")
		colon := strings.LastIndex(place, ":")
		if !ok || colon < 0 || strings.HasPrefix(place, "mode:") {
			continue
		}
		var b block
		var column, count int
		_, err := fmt.Sscanf(place[colon+1:], "%d.%d,%d.%d", &b.start, &column, &b.end, &column)
		check(err)
		_, err = fmt.Sscanf(counts, "%d %d", &b.statements, &count)
		check(err)
		file := place[:colon]
		if files[file] == nil {
			files[file] = map[string]block{}
		}
		b.reached = count > 0 || files[file][place].reached
		files[file][place] = b
	}
	check(lines.Err())
	return files
}

// functionsOf tells the name of the function that a line of a file stands in.
func functionsOf(file string) func(int) string {
	folder, err := exec.Command("go", "list", "-f", "{{.Dir}}", path.Dir(file)).Output()
	check(err)
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, filepath.Join(strings.TrimSpace(string(folder)), path.Base(file)), nil, 0)
	check(err)
	return func(line int) string {
		for _, declared := range tree.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if ok && set.Position(function.Pos()).Line <= line && line <= set.Position(function.End()).Line {
				return function.Name.Name
			}
		}
		return "?"
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
