package logging

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
)

func TestLinesWithAnOrderCarryItsTrace(t *testing.T) {
	const id, trace = "01a2090f-79ac-7a03-964f-3256223620c7", "01a2090f79ac7a03964f3256223620c7"
	tests := map[string]struct {
		write func(*slog.Logger)
		want  any
	}{
		"in the line":     {func(l *slog.Logger) { l.Warn("failed", "attempt", 2, "orderId", id) }, trace},
		"by LogAttrs":     {func(l *slog.Logger) { l.LogAttrs(t.Context(), slog.LevelWarn, "failed", slog.String("orderId", id)) }, trace},
		"of the log":      {func(l *slog.Logger) { l.With("orderId", id, "attempt", 2).Warn("failed") }, trace},
		"of both":         {func(l *slog.Logger) { l.With("attempt", 2).Warn("failed", "orderId", id) }, trace},
		"upper case":      {func(l *slog.Logger) { l.Warn("failed", "orderId", "01A2090F-79AC-7A03-964F-3256223620C7") }, trace},
		"no order":        {func(l *slog.Logger) { l.Warn("failed", "entryId", id) }, nil},
		"not an order id": {func(l *slog.Logger) { l.Warn("failed", "orderId", "7") }, nil},
		"not a text":      {func(l *slog.Logger) { l.Warn("failed", "orderId", 7) }, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			test.write(New(&out, slog.LevelInfo))
			var line map[string]any
			if err := json.Unmarshal(out.Bytes(), &line); err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			if line["traceId"] != test.want || line["component"] != "worker" {
				t.Errorf("traceId %v, want %v, in %s", line["traceId"], test.want, out.String())
			}
		})
	}
}
