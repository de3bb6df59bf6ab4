// Asks the kstatus libraries what they say of objects: one case a line in, the same case with the answers out.
//
//	go run . generate RECORDINGS    the cases, the same at every run
//	go run . judge RECORDINGS       reads cases, writes them with the answers of the libraries
//
// This module lies by its name below helm.sh/helm/v4, because what Helm 4 waits for hooks with is internal to that path.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: kstatus generate|judge RECORDINGS")
	}
	recorded := readRecordings(os.Args[2])
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	switch os.Args[1] {
	case "generate":
		for _, c := range generate(recorded) {
			check(encoder.Encode(c))
		}
	case "judge":
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			var c Case
			check(json.Unmarshal(lines.Bytes(), &c))
			check(encoder.Encode(judge(c, recorded)))
		}
		check(lines.Err())
	default:
		log.Fatal("generate or judge, not ", os.Args[1])
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}
