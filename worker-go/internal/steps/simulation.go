package steps

import (
	"math/rand/v2"

	"orders/worker/internal/process"
)

// newSimulation makes the step that stands for work: it takes PROCESS_MS and fails at PROCESS_FAIL_RATE. It has no effect.
func newSimulation(s *Settings) process.Work {
	s.Timeout = 0 // PROCESS_MS may be hours, and there is nobody who might not answer
	return process.Simulated{
		Time: s.Worker.ProcessTime, FailRate: s.Worker.ProcessFailRate, Random: rand.Float64,
	}.Work
}
