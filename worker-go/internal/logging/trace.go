package logging

import (
	"context"
	"log/slog"

	"orders/worker/internal/order"
)

// traced adds the id of an order's trace to the lines that carry the order's id.
type traced struct {
	slog.Handler
}

// Handle implements slog.Handler.
func (t traced) Handle(ctx context.Context, record slog.Record) error {
	var trace slog.Attr
	record.Attrs(func(attr slog.Attr) bool {
		trace = traceOf(attr)
		return trace.Key == ""
	})
	if trace.Key != "" {
		record.AddAttrs(trace)
	}
	return t.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler.
func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, attr := range attrs {
		if trace := traceOf(attr); trace.Key != "" {
			attrs = append(attrs[:len(attrs):len(attrs)], trace)
			break
		}
	}
	return traced{t.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (t traced) WithGroup(name string) slog.Handler {
	return traced{t.Handler.WithGroup(name)}
}

// traceOf is the traceId that goes with an orderId, and the empty attribute with anything else.
func traceOf(attr slog.Attr) slog.Attr {
	if attr.Key != "orderId" || attr.Value.Kind() != slog.KindString {
		return slog.Attr{}
	}
	id, isID := order.ParseID(attr.Value.String())
	if !isID {
		return slog.Attr{}
	}
	return slog.String("traceId", order.TraceID(id))
}
