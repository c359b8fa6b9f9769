package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/order"
)

func TestPermanent(t *testing.T) {
	if Permanent(nil) != nil {
		t.Error("Permanent(nil) is not nil")
	}
	err := fmt.Errorf("billing: %w", Permanent(fmt.Errorf("card refused: %w", io.ErrUnexpectedEOF)))
	if !IsPermanent(err) || !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "billing: card refused: unexpected EOF" {
		t.Errorf("%q: permanent %v", err, IsPermanent(err))
	}
	if IsPermanent(errors.New("card refused")) || IsPermanent(nil) {
		t.Error("an error that was not marked is permanent")
	}
}

func chain(t *testing.T, steps ...Step) Processor {
	t.Helper()
	p, err := Chain(steps...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestChainStopsAtTheFirstFailure(t *testing.T) {
	var done []string
	step := func(name string, err error) Step {
		return Step{Name: name, Work: func(_ context.Context, _ order.Order, key string) error {
			done = append(done, key)
			return err
		}}
	}
	work := chain(t, step("billing", nil), step("receipt", Permanent(errors.New("no address"))), step("shipping", nil))
	err := work.Process(t.Context(), order.Order{ID: "7", Attempt: 2})
	if err == nil || err.Error() != "receipt: no address" || !IsPermanent(err) {
		t.Errorf("Process = %v", err)
	}
	if got := strings.Join(done, " "); got != "billing:7 receipt:7" {
		t.Errorf("done: %s", got)
	}
}

func TestChainTellsWhichStepPanicked(t *testing.T) {
	work := chain(t, Step{Name: "billing", Work: func(context.Context, order.Order, string) error { panic("no stock") }})
	err := work.Process(t.Context(), order.Order{})
	var panicked *PanicError
	if !errors.As(err, &panicked) || err.Error() != "billing: panic: no stock" || !strings.Contains(string(panicked.Stack), "process_test.go") {
		t.Errorf("Process = %v", err)
	}
}

func TestKeyIsTheSameInEveryAttempt(t *testing.T) {
	keys := make(map[string]bool)
	work := chain(t, Step{Name: "billing", Work: func(_ context.Context, _ order.Order, key string) error { keys[key] = true; return nil }})
	for attempt := range uint32(9) {
		o := order.Order{ID: "7", Attempt: attempt, Item: fmt.Sprint("item ", attempt), CreatedAt: time.Unix(int64(attempt), 0)}
		if err := work.Process(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys) != 1 || !keys["billing:7"] {
		t.Errorf("keys %v", keys)
	}
}

func TestChainRefusesNamesThatMakeNoKeys(t *testing.T) {
	for name, names := range map[string][]string{
		"taken": {"billing", "receipt", "billing"}, "empty": {""}, "a colon": {"billing:1"}, "upper case": {"Billing"},
		"too long": {strings.Repeat("b", 65)},
	} {
		t.Run(name, func(t *testing.T) {
			var steps []Step
			for _, name := range names {
				steps = append(steps, Step{Name: name, Work: Simulated{}.Work})
			}
			if _, err := Chain(steps...); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", names[0])) {
				t.Errorf("Chain = %v", err)
			}
		})
	}
}

func TestChainStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	work := chain(t,
		Step{Name: "billing", Work: func(context.Context, order.Order, string) error { cancel(); return nil }},
		Step{Name: "receipt", Work: func(context.Context, order.Order, string) error { t.Error("done although cancelled"); return nil }},
	)
	if err := work.Process(ctx, order.Order{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Process = %v", err)
	}
}

func TestSimulatedTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := Simulated{Time: 3 * time.Second}.Process(t.Context(), order.Order{})
		if took := time.Since(start); err != nil || took != 3*time.Second {
			t.Errorf("Process = %v after %v", err, took)
		}
		cause := errors.New("stopping")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		if err := (Simulated{Time: time.Hour}).Process(ctx, order.Order{}); !errors.Is(err, cause) {
			t.Errorf("Process = %v, want %v", err, cause)
		}
	})
}

func TestSimulatedFailsAtItsRate(t *testing.T) {
	for _, test := range []struct {
		random float64
		fails  bool
	}{{0, true}, {0.2499, true}, {0.25, false}, {0.9, false}} {
		s := Simulated{FailRate: 0.25, Random: func() float64 { return test.random }}
		if err := s.Process(t.Context(), order.Order{}); (err != nil) != test.fails {
			t.Errorf("random %v: Process = %v", test.random, err)
		}
	}
}

func TestAttemptRecoversAPanic(t *testing.T) {
	err := Attempt(t.Context(), Func(func(context.Context, order.Order) error { panic("no stock") }), order.Order{})
	var panicked *PanicError
	if !errors.As(err, &panicked) || err.Error() != "panic: no stock" || !strings.Contains(string(panicked.Stack), "process_test.go") {
		t.Errorf("Attempt = %v", err)
	}
	if IsPermanent(err) {
		t.Error("a panic is permanent")
	}
}
