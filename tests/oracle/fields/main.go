// Says how the API server's own library reads FieldsV1, what sets it makes of two, and whose the fields of recorded objects
// are. One line a vector, of three kinds:
//
//   - read: a text, and either that it is refused, or its canonical JSON, its paths and its leaves;
//   - left and right: two sets, and their union, intersection, difference and recursive difference;
//   - objects: recorded objects with equal answers (file and place), the canonical JSON of each entry of managedFields, for
//     each leaf of any entry its owners and whether the object has it, and whose the object's values are.
//
// The sets are one file, the objects another, of which the first line holds the types that the objects have.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"math/rand"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: fields sets|objects FOLDER")
	}
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	write := func(vector any) { check(encoder.Encode(vector)) }
	switch os.Args[1] {
	case "sets":
		sets(write)
	case "objects":
		recordedObjects(os.Args[2], write)
	default:
		log.Fatalf("what are %s?", os.Args[1])
	}
	check(out.Flush())
}

func sets(write func(any)) {
	generated := generator{rand.New(rand.NewSource(6))}
	for _, text := range written {
		write(read(text))
	}
	for range 2500 {
		write(read(generated.text()))
	}
	for range 1000 {
		write(read(generated.damaged()))
	}
	for range 1200 {
		write(compared(generated.pair()))
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
