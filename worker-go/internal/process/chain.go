package process

import (
	"context"
	"fmt"

	"orders/worker/internal/order"
)

// Step is a part of the work, such as billing.
type Step struct {
	// Name says which part failed, in the reason that people see on the order.
	Name string
	Processor
}

// Chain does the steps one after the other and stops at the first that fails; its error carries the step's name. The next
// attempt begins at the first step again, so a step that has been done must recognise the order's idempotency key.
//
//	process.Chain(
//		process.Step{Name: "billing", Processor: billing},
//		process.Step{Name: "receipt", Processor: mail},
//	)
func Chain(steps ...Step) Processor {
	return Func(func(ctx context.Context, o order.Order) error {
		for i := range steps {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("before %s: %w", steps[i].Name, err)
			}
			if err := steps[i].Process(ctx, o); err != nil {
				return fmt.Errorf("%s: %w", steps[i].Name, err)
			}
		}
		return nil
	})
}
