//go:build !chaos

package main

import "orders/worker/internal/process"

// newProcessor returns the work that is done on each order: the steps that were chosen, see the package steps. Of no use to
// it are the worker's id and the environment.
func newProcessor(chosen []process.Step, _ string, _ func(string) string) (process.Processor, error) {
	return process.Chain(chosen...)
}
