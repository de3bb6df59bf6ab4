package main

import "testing"

// TestEveryCase runs what `generate` makes through `judge`, so that the coverage of the libraries can be measured, and holds
// that the two libraries have the same core rules.
func TestEveryCase(t *testing.T) {
	recorded := readRecordings("../../recordings")
	cases := generate(recorded)
	if len(cases) < 5000 {
		t.Fatal(len(cases), "cases")
	}
	polled := 0
	for _, c := range cases {
		judged := judge(c, recorded)
		if judged.Core != nil && judged.Core.Flux != judged.Core.Other {
			t.Errorf("%s%s: %v, %v", c.From, c.Object, judged.Core.Flux, judged.Core.Other)
		}
		if judged.Polled != nil && judged.Polled.Flux != judged.Polled.Other {
			polled++
		}
	}
	if polled == 0 {
		t.Error("no case shows how the pollers differ")
	}
}
