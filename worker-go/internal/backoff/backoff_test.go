package backoff

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestDelayGrowsToItsCap(t *testing.T) {
	tests := []struct {
		failures int
		random   float64
		want     time.Duration
	}{
		{1, 0, 10 * time.Millisecond},
		{1, 0.5, 15 * time.Millisecond},
		{2, 0, 20 * time.Millisecond},
		{3, 0, 40 * time.Millisecond},
		{7, 0, 500 * time.Millisecond},
		{7, 0.999999999, 999 * time.Millisecond},
		{1 << 30, 0, 500 * time.Millisecond},
	}
	for _, test := range tests {
		policy := Policy{Base: 20 * time.Millisecond, Cap: time.Second, Random: func() float64 { return test.random }}
		if got := policy.Delay(test.failures).Truncate(time.Millisecond); got != test.want {
			t.Errorf("Delay(%d) with random %v = %v, want %v", test.failures, test.random, got, test.want)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v, want %v", err, context.Canceled)
	}
	if err := Wait(t.Context(), time.Nanosecond); err != nil {
		t.Errorf("Wait = %v, want nil", err)
	}
}
