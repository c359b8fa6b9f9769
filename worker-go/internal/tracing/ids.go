// Package tracing tells of each attempt at an order as spans of the order's trace (OpenTelemetry). The queue carries no
// trace context: the ids of the trace, and of the spans that other processes name as parents, are made of the order's id.
package tracing

import (
	"crypto/sha256"
	"math"
	"strconv"

	"go.opentelemetry.io/otel/trace"

	"orders/worker/internal/order"
)

// randomDigits is how many of a trace id's last hexadecimal digits are random (W3C Trace Context, level 2): 56 bits. In a
// UUIDv7 the last 62 bits are.
const randomDigits = 14

// traceID is the id of the order's trace, and the invalid one for an id that is no UUID or all zeroes, which is no order's.
func traceID(orderID string) trace.TraceID {
	id, err := trace.TraceIDFromHex(order.TraceID(orderID))
	if err != nil {
		return trace.TraceID{}
	}
	return id
}

// spanID is the id of the order's span of that name, the same in every process.
func spanID(orderID, name string) trace.SpanID {
	sum := sha256.Sum256([]byte(orderID + "/" + name))
	return trace.SpanID(sum[:8])
}

// createName is the name that the id of the trace's root is made of: the span of the order's creation.
const createName = "create"

// attemptName is the name that the id of an attempt's span is made of, and the beginning of those below it.
func attemptName(attempt uint32) string {
	return "attempt/" + strconv.FormatUint(uint64(attempt), 10)
}

// sampler decides which orders are traced: those whose trace id ends in a number that is not below the threshold. So every
// process decides alike with no talk (OpenTelemetry, consistent probability sampling).
type sampler struct {
	threshold uint64
}

func newSampler(share float64) sampler {
	return sampler{threshold: uint64(math.Ceil((1 - share) * math.Exp2(4*randomDigits)))}
}

// traces tells whether the order is traced. The id is the 36-character text form of a UUID.
func (s sampler) traces(orderID string) bool {
	const tail = randomDigits + 1 // a hyphen is among them
	if len(orderID) < tail {
		return false
	}
	text := orderID[len(orderID)-tail:]
	random, err := strconv.ParseUint(text[:2]+text[3:], 16, 64)
	return err == nil && random >= s.threshold
}
