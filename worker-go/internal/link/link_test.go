package link

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestLinkLogsEachChangeOnce(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	l := New("redis", slog.New(slog.NewTextHandler(&out, nil)), func() time.Time { return now })
	l.Up()
	l.Up()
	if out.Len() != 0 {
		t.Errorf("an answer from a server that was not lost is logged: %s", out.String())
	}
	for range 3 {
		l.Down(errors.New("connection refused"))
	}
	now = now.Add(1500 * time.Millisecond)
	l.Up()
	l.Up()
	if got := strings.Count(out.String(), "is away"); got != 1 {
		t.Errorf("logged %d times as away, want once:\n%s", got, out.String())
	}
	if got := strings.Count(out.String(), "is back"); got != 1 || !strings.Contains(out.String(), "awayMs=1500") {
		t.Errorf("logged %d times as back, want once with awayMs=1500:\n%s", got, out.String())
	}
}

func TestCheckBelievesWhatWasSeenLately(t *testing.T) {
	now := time.Unix(1000, 0)
	l := New("redis", slog.New(slog.DiscardHandler), func() time.Time { return now })
	probed, failed := errors.New("probed"), errors.New("connection refused")
	check := func() error { return l.Check(t.Context(), func(context.Context) error { return probed }) }

	if got := check(); got != probed {
		t.Errorf("before anything was seen: %v", got)
	}
	l.Up()
	if got := check(); got != nil {
		t.Errorf("after an answer: %v", got)
	}
	l.Down(failed)
	if got := check(); got != failed {
		t.Errorf("after a failure: %v", got)
	}
	now = now.Add(freshFor)
	if got := check(); got != probed {
		t.Errorf("a while later: %v", got)
	}
}

func TestReachedIsClosedOnce(t *testing.T) {
	l := New("redis", slog.New(slog.DiscardHandler), time.Now)
	l.Down(errors.New("connection refused"))
	select {
	case <-l.Reached():
		t.Fatal("reached before an answer")
	default:
	}
	l.Up()
	l.Up()
	<-l.Reached()
}
