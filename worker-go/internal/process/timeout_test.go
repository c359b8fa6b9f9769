package process

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/order"
)

func TestAStepHasItsTime(t *testing.T) {
	untilDone := func(ctx context.Context, _ order.Order, _ string) error {
		<-ctx.Done()
		return fmt.Errorf("asking: %w", ctx.Err())
	}
	after := func(took time.Duration, err error) Work {
		return func(context.Context, order.Order, string) error { time.Sleep(took); return err }
	}
	tests := map[string]struct {
		timeout   time.Duration
		work      Work
		want      string
		permanent bool
	}{
		"cut off":           {10 * time.Second, untilDone, "billing: no end after 10 s", false},
		"of a fraction":     {250 * time.Millisecond, untilDone, "billing: no end after 0.25 s", false},
		"done in time":      {time.Second, after(time.Millisecond, nil), "", false},
		"done, and deaf":    {time.Second, after(2*time.Second, nil), "", false},
		"failed in time":    {time.Second, after(time.Millisecond, errors.New("refused")), "billing: refused", false},
		"failed, and deaf":  {time.Second, after(2*time.Second, errors.New("refused")), "billing: no end after 1 s", false},
		"refused for ever":  {time.Second, after(2*time.Second, Permanent(errors.New("no"))), "billing: no", true},
		"without a bound":   {0, after(time.Hour, nil), "", false},
		"panicked too late": {time.Second, func(context.Context, order.Order, string) error { time.Sleep(2 * time.Second); panic("no stock") }, "billing: panic: no stock", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := chain(t, Step{Name: "billing", Work: test.work, Timeout: test.timeout}).Process(t.Context(), order.Order{})
				got := ""
				if err != nil {
					got = err.Error()
				}
				if got != test.want || IsPermanent(err) != test.permanent {
					t.Errorf("Process = %q, permanent %v; want %q", got, IsPermanent(err), test.want)
				}
			})
		})
	}
}

func TestEachStepHasATimeOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		slow := func(ctx context.Context, _ order.Order, _ string) error {
			time.Sleep(900 * time.Millisecond)
			return ctx.Err()
		}
		err := chain(t, Step{"billing", slow, time.Second}, Step{"email", slow, time.Second}).Process(t.Context(), order.Order{})
		if took := time.Since(begin); err != nil || took != 1800*time.Millisecond {
			t.Errorf("Process = %v after %v", err, took)
		}
	})
}

func TestTheAttemptsOwnEndIsNotTheSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the attempt timed out")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		wait := func(ctx context.Context, _ order.Order, _ string) error { <-ctx.Done(); return context.Cause(ctx) }
		err := chain(t, Step{"billing", wait, time.Minute}).Process(ctx, order.Order{})
		if !errors.Is(err, cause) || err.Error() != "billing: the attempt timed out" {
			t.Errorf("Process = %v", err)
		}
	})
}
