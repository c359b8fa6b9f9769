// Says what the worker makes of an environment: reads it from standard input, as JSON, and writes those of its variables
// that the worker knows, or what it complains of.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"strings"

	"orders/worker/internal/config"
	"orders/worker/internal/steps"
)

func main() {
	var environment map[string]string
	if err := json.NewDecoder(os.Stdin).Decode(&environment); err != nil {
		log.Fatal(err)
	}
	known := map[string]string{}
	getenv := func(name string) string {
		if value, ok := environment[name]; ok {
			known[name] = value
		}
		return environment[name]
	}
	worker, err := config.Read(getenv)
	_, stepsErr := steps.Read(getenv, worker)
	err = errors.Join(err, stepsErr)
	// What a step reads that is not chosen is known as well.
	_, _ = steps.Read(func(name string) string {
		if name == "WORKER_STEPS" {
			return strings.Join(steps.Names(), ",")
		}
		return getenv(name)
	}, worker)
	answer := map[string]any{"values": known}
	if err != nil {
		answer = map[string]any{"problem": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}
