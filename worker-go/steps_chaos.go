//go:build chaos

package main

import (
	"slices"

	"orders/worker/internal/chaos"
	"orders/worker/internal/process"
)

// newProcessor returns the work of a worker for tests: after the steps that were chosen, an order's item decides how it
// goes: see chaos.Poison.
func newProcessor(chosen []process.Step, workerID string, getenv func(string) string) (process.Processor, error) {
	effect, err := chaos.NewEffect(getenv("EFFECTS_URL"), workerID)
	if err != nil {
		return nil, err
	}
	return process.Chain(append(slices.Clip(chosen),
		process.Step{Name: "poison", Work: chaos.Poison},
		process.Step{Name: "effect", Work: effect.Work},
	)...)
}
