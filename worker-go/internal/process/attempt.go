package process

import (
	"context"
	"fmt"
	"runtime/debug"

	"orders/worker/internal/order"
)

// PanicError is a panic of a Processor.
type PanicError struct {
	// Value is what it panicked with.
	Value any
	// Stack is the stack of the goroutine that panicked.
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic: %v", e.Value)
}

// Attempt calls the processor and returns its error, or a *PanicError when it panicked.
func Attempt(ctx context.Context, p Processor, o order.Order) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return p.Process(ctx, o)
}
