package queue

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"orders/worker/internal/order"
)

// entryMaxBytes bounds what is kept of an entry that names no order.
const entryMaxBytes = 4096

// Entry is what a stream entry says.
type Entry struct {
	// OrderID is the order to look at, as lower-case UUID text.
	OrderID string
	// Quantity is the ordered quantity, or 0 when the entry holds no integer from 1. It is only a hint: the claim
	// returns the order as MySQL has it.
	Quantity uint32
	// EnqueuedAt is when Redis took the entry, by the clock of Redis.
	EnqueuedAt time.Time
}

// Decode reads the fields of a stream entry. The error tells why it names no order.
func Decode(fields map[string]any) (Entry, error) {
	text, ok := fields[fieldOrderID].(string)
	if !ok {
		return Entry{}, fmt.Errorf("the field %s is missing", fieldOrderID)
	}
	id, ok := order.ParseID(text)
	if !ok {
		return Entry{}, fmt.Errorf("the field %s is not a UUID: %.64q", fieldOrderID, text)
	}
	return Entry{OrderID: id, Quantity: quantity(fields[fieldQuantity])}, nil
}

// enqueuedAt is the time in an entry's id (milliseconds, a hyphen, a number), and zero in what is no such id.
func enqueuedAt(id string) time.Time {
	text, _, _ := strings.Cut(id, "-")
	milliseconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}

func quantity(field any) uint32 {
	text, _ := field.(string)
	value, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(value)
}

// encodeEntry is an entry's fields as JSON, cut to entryMaxBytes. A cut one is no longer JSON, but still legible.
func encodeEntry(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		return fmt.Sprintf("not representable as JSON: %v", err)
	}
	if len(text) > entryMaxBytes {
		return strings.ToValidUTF8(string(text[:entryMaxBytes]), "") + "…"
	}
	return string(text)
}
