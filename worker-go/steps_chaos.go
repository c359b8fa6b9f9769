//go:build chaos

package main

import (
	"math/rand/v2"

	"orders/worker/internal/chaos"
	"orders/worker/internal/config"
	"orders/worker/internal/process"
)

// newProcessor returns the work of a worker for tests, where an order's item decides how it goes: see chaos.Poison.
func newProcessor(cfg config.Config, workerID string, getenv func(string) string) (process.Processor, error) {
	effect, err := chaos.NewEffect(getenv("EFFECTS_URL"), workerID)
	if err != nil {
		return nil, err
	}
	return process.Chain(
		process.Step{Name: "simulation", Work: process.Simulated{
			Time: cfg.ProcessTime, FailRate: cfg.ProcessFailRate, Random: rand.Float64,
		}.Work},
		process.Step{Name: "poison", Work: chaos.Poison},
		process.Step{Name: "effect", Work: effect.Work},
	)
}
