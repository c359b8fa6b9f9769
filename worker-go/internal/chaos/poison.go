// Package chaos is the work of a worker for tests: orders that do it harm, and an effect that somebody else records. Only
// a build with the tag chaos has it.
package chaos

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"

	"orders/worker/internal/order"
	"orders/worker/internal/process"
)

// deafFor is how long work goes on that heeds nothing: longer than the leases and time-outs of tests together.
const deafFor = 12 * time.Second

// slowFor is how long slow work takes: so long that another worker may have begun it anew when its result arrives.
const slowFor = 6 * time.Second

const poisonPrefix = "poison:"

// poisons is what an attempt does, by the kind of poison.
var poisons = map[string]func(ctx context.Context, o order.Order) error{
	"kill":      kill,
	"panic":     func(_ context.Context, o order.Order) error { panic("poisoned by order " + o.ID) },
	"hang":      func(ctx context.Context, _ order.Order) error { <-ctx.Done(); return context.Cause(ctx) },
	"deaf":      func(context.Context, order.Order) error { time.Sleep(deafFor); return nil },
	"permanent": func(context.Context, order.Order) error { return process.Permanent(errors.New("refused for ever")) },
	"flaky":     flaky,
	"slow":      slow,
}

// Poison does what the order's item says. "poison:<kind>" with the kinds kill (of this process, with SIGKILL), panic, hang
// (until its context is done), deaf (for 12 s, whatever its context says), permanent (an error that is permanent),
// flaky (an error in the first attempt) and slow (6 s, unless its context is done). "poison:<kind>:<n>" does so in the first n attempts only. Other items pass.
func Poison(ctx context.Context, o order.Order, _ string) error {
	text, isPoison := strings.CutPrefix(o.Item, poisonPrefix)
	if !isPoison {
		return nil
	}
	kind, limit, isLimited := strings.Cut(text, ":")
	act, isKnown := poisons[kind]
	if !isKnown {
		return process.Permanent(fmt.Errorf("there is no poison %q", kind))
	}
	if isLimited {
		attempts, err := strconv.ParseUint(limit, 10, 32)
		if err != nil {
			return process.Permanent(fmt.Errorf("%q is no number of attempts", limit))
		}
		if uint64(o.Attempt) > attempts {
			return nil
		}
	}
	return act(ctx, o)
}

func kill(ctx context.Context, _ order.Order) error {
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing this process: %w", err)
	}
	<-ctx.Done() // the signal is on its way
	return context.Cause(ctx)
}

func flaky(_ context.Context, o order.Order) error {
	if o.Attempt == 1 {
		return errors.New("not at the first attempt")
	}
	return nil
}

func slow(ctx context.Context, _ order.Order) error {
	select {
	case <-time.After(slowFor):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
