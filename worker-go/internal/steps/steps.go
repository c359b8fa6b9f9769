// Package steps has the processing steps that a worker can do on an order, each in files of its own, and makes those that
// WORKER_STEPS chooses. docs/extending.md tells how a step is added: a file here, and its line in the table.
package steps

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"orders/worker/internal/config"
	"orders/worker/internal/process"
)

// table is all steps that there are, by the name that WORKER_STEPS, reasons and idempotency keys have for them. A step with
// effects keeps its name for ever: see process.Step.
var table = map[string]constructor{
	"billing":    newBilling,
	"email":      newEmail,
	"simulation": newSimulation,
}

// constructor makes a step from its settings. What it does not understand it tells with Settings.Malformed, and what it
// returns then is not used.
type constructor func(s *Settings) process.Work

// Settings is what a step is made from: its variables, whose names begin with STEP_ and the step's name in capitals, such
// as STEP_BILLING_URL or, for audit-file, STEP_AUDIT_FILE_FOLDER.
type Settings struct {
	*config.Settings
	// Worker is the configuration of the whole worker.
	Worker config.Config
	// Timeout bounds the step; 0: only the attempt is bounded. STEP_<NAME>_TIMEOUT_MS goes before what a constructor sets.
	Timeout time.Duration
}

const (
	defaultSteps   = "simulation"
	defaultTimeout = 10 * time.Second
)

// Read returns the steps that WORKER_STEPS chooses, in its order, made from their own variables. The error names every
// variable that is missing or malformed and what was expected of it.
func Read(getenv func(string) string, worker config.Config) ([]process.Step, error) {
	names, err := chosen(getenv)
	problems := []error{err}
	steps := make([]process.Step, 0, len(names))
	for _, name := range names {
		step, err := read(getenv, worker, name)
		steps, problems = append(steps, step), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("the processing steps cannot be as they are configured:\n%w", err)
	}
	return steps, nil
}

// Names is the names of all steps that there are, sorted.
func Names() []string {
	return slices.Sorted(maps.Keys(table))
}

// chosen is the names in WORKER_STEPS; the error tells of one that is unknown or there twice.
func chosen(getenv func(string) string) ([]string, error) {
	worker := config.NewSettings(getenv, "WORKER_")
	names := strings.Split(worker.Optional("STEPS", defaultSteps), ",")
	expected := "names of steps, separated by commas, in their order; there are " + strings.Join(Names(), ", ")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if _, isKnown := table[names[i]]; !isKnown {
			worker.Malformed("STEPS", fmt.Sprintf("%s; got %q", expected, names[i]))
		} else if slices.Contains(names[:i], names[i]) {
			worker.Malformed("STEPS", fmt.Sprintf("each step once, got %q twice: they would share their idempotency keys", names[i]))
		}
	}
	isUnknown := func(name string) bool { return table[name] == nil }
	return slices.DeleteFunc(names, isUnknown), worker.Problems()
}

func read(getenv func(string) string, worker config.Config, name string) (process.Step, error) {
	prefix := "STEP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
	settings := &Settings{config.NewSettings(getenv, prefix), worker, defaultTimeout}
	work := table[name](settings)
	timeout := settings.Milliseconds("TIMEOUT_MS", settings.Timeout, time.Millisecond, 24*time.Hour)
	return process.Step{Name: name, Work: work, Timeout: timeout}, settings.Problems()
}
