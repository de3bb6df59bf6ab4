// Says what a list shows of every release in the recordings: one line of JSON for each revision, as often as it was seen.
package main

import (
	"encoding/json"
	"log"
	"os"

	"wheelhouse.test/oracle/recorded"
)

func main() {
	encoder := json.NewEncoder(os.Stdout)
	for _, release := range recorded.Releases("../recordings") {
		metadata := release.Chart.Metadata
		err := encoder.Encode(map[string]any{
			"namespace": release.Namespace, "name": release.Name, "revision": release.Version, "status": release.Info.Status,
			"chart": metadata.Name, "version": metadata.Version, "appVersion": metadata.AppVersion,
			"applyMethod": release.ApplyMethod,
		})
		if err != nil {
			log.Fatal(err)
		}
	}
}
