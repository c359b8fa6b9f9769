package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"orders/worker/internal/redistest"
)

// What a dead letter may hold at most, in bytes: 64 characters of the id, of which each may be escaped by ten.
const (
	reasonMaxBytes = 64*10 + 60
	letterMaxBytes = reasonMaxBytes + entryMaxBytes + 100
)

var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)

// quantityOf is what Decode makes of a quantity, in other words.
func quantityOf(text string) uint32 {
	if !regexp.MustCompile(`^[0-9]+$`).MatchString(text) {
		return 0
	}
	value, ok := new(big.Int).SetString(text, 10)
	if !ok || value.Cmp(big.NewInt(math.MaxUint32)) > 0 {
		return 0
	}
	return uint32(value.Uint64())
}

// otherTypes are values that no field of a stream has: the client's types permit them.
var otherTypes = []any{nil, 7, int64(-1), math.NaN(), true, []byte(id), []any{id}, map[string]any{"orderId": id}, make(chan int)}

// addSeeds adds ids and quantities as they come, and as they come when something is broken.
func addSeeds(f *testing.F) {
	ids := []string{
		id, strings.ToUpper(id), "", "7", "{" + id + "}", id + "\n", " " + id, strings.Repeat("-", 36), id[:35] + "é", "\xff\x00",
		strings.Repeat("\U000e0001", 64), strings.Repeat("\xff", 64), strings.Repeat("x", 10_000), strings.ReplaceAll(id, "0", "٠"),
	}
	quantities := []string{"2", "", "0", "-1", "+1", "1.5", "1e3", "0x1", "1_000", "4294967295", "4294967296", strings.Repeat("9", 5_000), "²", "\x00"}
	for i, text := range ids {
		f.Add(text, quantities[i%len(quantities)], "note", "é", uint16(i), uint8(0))
	}
	for i, quantity := range quantities {
		f.Add(id, quantity, "\xff", strings.Repeat("\x01", 3_000), uint16(40*i), uint8(i))
	}
}

// FuzzDecode holds that an entry with a valid id is an order to look at, whatever else it holds, and any other a dead
// letter of bounded size.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text, quantity, name, value string, more uint16, kinds uint8) {
		fields := map[string]any{}
		for i := range int(more) % 50 {
			fields[fmt.Sprint(name, i)] = value
		}
		fields[name] = value
		fields[fieldOrderID], fields[fieldQuantity] = text, quantity
		if kind := int(kinds&0xf) - 1; kind >= 0 && kind < len(otherTypes) {
			fields[fieldQuantity], quantity = otherTypes[kind], ""
		}
		isText := true
		if kind := int(kinds>>4) - 1; kind >= 0 && kind < len(otherTypes) {
			fields[fieldOrderID], isText = otherTypes[kind], false
		}
		if more&0x100 != 0 {
			delete(fields, fieldOrderID)
			isText = false
		}
		if more&0x200 != 0 {
			delete(fields, fieldQuantity)
			quantity = ""
		}
		checkDecode(t, fields, isText && uuid.MatchString(text), Entry{OrderID: strings.ToLower(text), Quantity: quantityOf(quantity)})
	})
}

func checkDecode(t *testing.T, fields map[string]any, isOrder bool, want Entry) {
	t.Helper()
	keys := len(fields)
	entry, err := Decode(maps.Clone(fields))
	switch {
	case isOrder && (err != nil || entry != want):
		t.Errorf("Decode(%q) = %+v, %v; want %+v", fields, entry, err, want)
	case !isOrder && (err == nil || entry != Entry{}):
		t.Errorf("Decode(%q) = %+v, %v; want an error alone", fields, entry, err)
	case err != nil:
		checkLetter(t, err.Error(), encodeEntry(fields))
	}
	if len(fields) != keys {
		t.Errorf("the entry was changed: %q", fields)
	}
}

func checkLetter(t *testing.T, reason, entry string) {
	t.Helper()
	if reason == "" || len(reason) > reasonMaxBytes || !utf8.ValidString(reason) {
		t.Errorf("the reason of %d bytes is %q", len(reason), reason)
	}
	if entry == "" || len(entry) > entryMaxBytes+len("…") || !utf8.ValidString(entry) {
		t.Errorf("the kept entry of %d bytes is %q", len(entry), entry)
	}
}

// FuzzRead sends entries through a real Redis, which gives fields back in their order and the same name more than once:
// each is read as an order or becomes one dead letter of bounded size, and the reader goes on.
func FuzzRead(f *testing.F) {
	addSeeds(f)
	url, client := redistest.New(f)
	f.Fuzz(func(t *testing.T, text, quantity, name, value string, more uint16, order uint8) {
		values := [][]any{{fieldOrderID, text}, {fieldQuantity, quantity}, {name, value}}
		if more&0x100 != 0 {
			values[0][0] = name
		}
		for range int(more) % 50 {
			values = append(values, []any{name, value})
		}
		last := map[string]string{}
		var flat []any
		for i := range values {
			field := values[(i+int(order))%len(values)]
			flat = append(flat, field...)
			last[field[0].(string)] = field[1].(string)
		}
		r, _ := newReader(t, url)
		entryID := add(t, client, flat...)
		entries := r.Read(t.Context(), 1)
		for end := 0; len(entries) == 0 && r.DeadLetters() == 0 && end < 5; end++ {
			entries = r.Read(t.Context(), 1) // the group is made first
		}
		text, hasID := last[fieldOrderID]
		if hasID && uuid.MatchString(text) {
			want := Entry{OrderID: strings.ToLower(text), Quantity: quantityOf(last[fieldQuantity]), EnqueuedAt: enqueuedAt(entryID)}
			if len(entries) != 1 || entries[0] != want || r.DeadLetters() != 0 {
				t.Errorf("%q was read as %+v, want %+v", flat, entries, want)
			}
			return
		}
		if len(entries) != 0 || r.DeadLetters() != 1 {
			t.Errorf("%q was read as %+v", flat, entries)
		}
		checkDeadLetter(t, client, entryID)
	})
}

// checkDeadLetter expects that the newest dead letter tells of this entry.
func checkDeadLetter(t *testing.T, client *redis.Client, entryID string) {
	t.Helper()
	letters, err := client.XRevRangeN(context.Background(), deadStream, "+", "-", 1).Result()
	if err != nil || len(letters) != 1 || letters[0].Values[deadFieldEntryID] != entryID {
		t.Fatalf("the newest dead letter is %q, %v; want that of %s", letters, err, entryID)
	}
	letter := letters[0].Values
	reason, _ := letter[deadFieldReason].(string)
	entry, _ := letter[deadFieldEntry].(string)
	checkLetter(t, reason, entry)
	if size := len(fmt.Sprint(letter)); size > letterMaxBytes {
		t.Errorf("the dead letter is %d bytes long", size)
	}
	if !strings.HasSuffix(entry, "…") && !json.Valid([]byte(entry)) {
		t.Errorf("the kept entry is no JSON: %s", entry)
	}
}
