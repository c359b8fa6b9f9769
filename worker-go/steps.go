//go:build !chaos

package main

import (
	"math/rand/v2"

	"orders/worker/internal/config"
	"orders/worker/internal/process"
)

// newProcessor returns the work that is done on each order: the place for steps such as billing and mail. See
// process.Work for what a step must heed, and how it has its effect once. Of no use to the simulation are the worker's id and
// the environment.
func newProcessor(cfg config.Config, _ string, _ func(string) string) (process.Processor, error) {
	return process.Chain(
		process.Step{Name: "simulation", Work: process.Simulated{
			Time: cfg.ProcessTime, FailRate: cfg.ProcessFailRate, Random: rand.Float64,
		}.Work},
	)
}
