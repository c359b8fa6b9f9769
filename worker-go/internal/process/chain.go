package process

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"orders/worker/internal/order"
)

// Step is a part of the work, such as billing.
type Step struct {
	// Name says which part failed, in the reason that people see on the order, and is part of the idempotency key: 1 to 64
	// lower-case letters, digits and hyphens, another for each step of a chain. Renaming a step changes its keys, so that
	// orders which it has worked on, and which come again, are billed twice: a step with effects keeps its name for ever.
	Name string
	// Work is what the step does.
	Work Work
	// Timeout bounds the step; what it cuts off is a retryable failure. 0: the attempt's own bound is enough. Of the two the
	// one that ends first counts.
	Timeout time.Duration
}

// errStepTimedOut is the cause for which a step's context ends that had its time.
var errStepTimedOut = errors.New("the step timed out")

// Work does a step's part on one order, under the rules of Processor.
//
// A step that has an effect elsewhere, such as a charge or a mail, hands key to whatever has the effect, and that must
// recognise a key which it has seen and have no second effect. It is needed: the step is called again after any attempt
// that failed, was cut off, or whose report was lost, also when the step itself had succeeded.
//
// The key is made of the step's name and the order's id and of nothing else, so it is the same in every attempt, on every
// worker, and after a redrive: at most 101 printable ASCII characters. Never add the attempt to it: that makes each
// attempt a new effect.
type Work func(ctx context.Context, o order.Order, key string) error

// Names is the names of the steps, in their order, separated by commas.
func Names(steps []Step) string {
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = step.Name
	}
	return strings.Join(names, ",")
}

var stepName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// Chain does the steps one after the other and stops at the first that fails; its error carries the step's name. The next
// attempt begins at the first step again. The error tells of a step's name that is malformed or taken.
//
//	process.Chain(
//		process.Step{Name: "billing", Work: billing.Charge},
//		process.Step{Name: "receipt", Work: mail.SendReceipt},
//	)
func Chain(steps ...Step) (Processor, error) {
	names := make(map[string]bool, len(steps))
	for _, step := range steps {
		switch {
		case !stepName.MatchString(step.Name):
			return nil, fmt.Errorf("the step %q must be named by 1 to 64 lower-case letters, digits and hyphens", step.Name)
		case names[step.Name]:
			return nil, fmt.Errorf("two steps are named %q: they would share their idempotency keys", step.Name)
		}
		names[step.Name] = true
	}
	return Func(func(ctx context.Context, o order.Order) error { return work(ctx, steps, o) }), nil
}

func work(ctx context.Context, steps []Step, o order.Order) error {
	for i := range steps {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("before %s: %w", steps[i].Name, err)
		}
		if err := steps[i].observed(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", steps[i].Name, err)
		}
	}
	return nil
}

// attempt does the step within its time; it is the one place where a step is run. A panic is an error that carries the
// step's name like any other.
func (s Step) attempt(ctx context.Context, o order.Order) error {
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Timeout, errStepTimedOut)
		defer cancel()
	}
	err := Attempt(ctx, Func(func(ctx context.Context, o order.Order) error {
		return s.Work(ctx, o, idempotencyKey(s.Name, o))
	}), o)
	panicked := new(PanicError)
	if err == nil || IsPermanent(err) || errors.As(err, &panicked) || !errors.Is(context.Cause(ctx), errStepTimedOut) {
		return err
	}
	return &timeoutError{after: s.Timeout, err: err}
}

// timeoutError is an error of a step that had its time. That it was cut off says more than where.
type timeoutError struct {
	after time.Duration
	err   error
}

func (e *timeoutError) Error() string { return fmt.Sprintf("no end after %g s", e.after.Seconds()) }

func (e *timeoutError) Unwrap() error { return e.err }

// idempotencyKey names the effect that a step has on an order, whichever attempt has it.
func idempotencyKey(step string, o order.Order) string {
	return step + ":" + o.ID
}
