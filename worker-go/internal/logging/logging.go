// Package logging makes the process' log: JSON lines, or readable lines on a terminal.
package logging

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
)

const rfc3339Millis = "2006-01-02T15:04:05.000Z"

// New returns a log of the given level to out. Its lines carry the same keys as those of the other components: time
// (RFC 3339, UTC, milliseconds), level (lower case), component, msg; and with an orderId the traceId of that order.
func New(out io.Writer, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: replace}
	var handler slog.Handler = slog.NewJSONHandler(out, options)
	if isTerminal(out) {
		handler = slog.NewTextHandler(out, options)
	}
	return slog.New(traced{handler}).With("component", "worker")
}

func replace(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch value := attr.Value.Any().(type) {
	case time.Time:
		return slog.String(attr.Key, value.UTC().Format(rfc3339Millis))
	case slog.Level:
		return slog.String(attr.Key, strings.ToLower(value.String()))
	default:
		return attr
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
