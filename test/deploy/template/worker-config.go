// Says what the worker makes of an environment: reads it from standard input, as JSON, and writes those of its variables
// that the worker knows, or what it complains of.
package main

import (
	"encoding/json"
	"log"
	"os"

	"orders/worker/internal/config"
)

func main() {
	var environment map[string]string
	if err := json.NewDecoder(os.Stdin).Decode(&environment); err != nil {
		log.Fatal(err)
	}
	known := map[string]string{}
	_, err := config.Read(func(name string) string {
		if value, ok := environment[name]; ok {
			known[name] = value
		}
		return environment[name]
	})
	answer := map[string]any{"values": known}
	if err != nil {
		answer = map[string]any{"problem": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}
