package queue

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orders/worker/internal/backoff"
	"orders/worker/internal/link"
	"orders/worker/internal/redistest"
)

const deadline = 20 * time.Second

func newReader(t *testing.T, url string) (*Reader, *strings.Builder) {
	t.Helper()
	client, err := Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	pace := backoff.Policy{Base: time.Millisecond, Cap: 20 * time.Millisecond, Random: func() float64 { return 0.5 }}
	return NewReader(client, "consumer", link.New("Redis", log, time.Now), log, pace), &out
}

// readUntil reads until n entries have come.
func readUntil(t *testing.T, r *Reader, n int) []Entry {
	t.Helper()
	var entries []Entry
	for end := time.Now().Add(deadline); len(entries) < n; {
		if time.Now().After(end) {
			t.Fatalf("%d entries came, want %d", len(entries), n)
		}
		entries = append(entries, r.Read(t.Context(), 1000)...)
	}
	return entries
}

func orderID(i int) string {
	return fmt.Sprintf("0199c0de-7abc-7def-8123-%012d", i)
}

func add(t *testing.T, client *redis.Client, values ...any) string {
	t.Helper()
	entryID, err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: values}).Result()
	if err != nil {
		t.Fatal(err)
	}
	return entryID
}

func TestReadFromTheBeginningInBatches(t *testing.T) {
	t.Parallel()
	url, client := redistest.New(t)
	r, _ := newReader(t, url)
	var entryIDs []string
	for i := range 10 {
		entryIDs = append(entryIDs, add(t, client, "orderId", orderID(i), "quantity", i+1)) // before there is a group
	}
	entries := readUntil(t, r, 1)
	entries = append(entries, r.Read(t.Context(), 3)...)
	if len(entries) != 10 {
		t.Fatalf("read %d entries, want 10", len(entries))
	}
	for i, entry := range entries {
		milliseconds, _, _ := strings.Cut(entryIDs[i], "-")
		if got := fmt.Sprint(entry.EnqueuedAt.UnixMilli()); got != milliseconds {
			t.Errorf("entry %d is of %s, its id %s", i, got, entryIDs[i])
		}
		entry.EnqueuedAt = time.Time{}
		if want := (Entry{OrderID: orderID(i), Quantity: uint32(i + 1)}); entry != want {
			t.Errorf("entry %d is %+v, want %+v", i, entry, want)
		}
	}
	for i := range 5 {
		add(t, client, "orderId", orderID(i), "quantity", 1)
	}
	if got := len(r.Read(t.Context(), 3)); got != 3 {
		t.Errorf("read %d entries, asked for 3", got)
	}
	pending, err := client.XPending(t.Context(), stream, group).Result()
	if err != nil || pending.Count != 0 {
		t.Errorf("%+v entries are pending, %v; want none (NOACK)", pending, err)
	}
}

func TestGroupIsCreatedAgain(t *testing.T) {
	losses := map[string]func(*redis.Client) error{
		"group destroyed": func(c *redis.Client) error { return c.XGroupDestroy(context.Background(), stream, group).Err() },
		"stream deleted":  func(c *redis.Client) error { return c.Del(context.Background(), stream).Err() },
		"Redis emptied":   func(c *redis.Client) error { return c.FlushDB(context.Background()).Err() },
	}
	for name, lose := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, client := redistest.New(t)
			r, out := newReader(t, url)
			add(t, client, "orderId", orderID(0), "quantity", 1)
			readUntil(t, r, 1)

			blocked := make(chan []Entry, 1)
			go func() { blocked <- r.Read(context.Background(), 1000) }()
			awaitBlocked(t, client)
			if err := lose(client); err != nil {
				t.Fatal(err)
			}
			add(t, client, "orderId", orderID(1), "quantity", 1) // before the group is there again
			entries := <-blocked
			for len(entries) == 0 || entries[len(entries)-1].OrderID != orderID(1) {
				entries = append(entries, readUntil(t, r, 1)...)
			}
			if strings.Contains(out.String(), "is away") {
				t.Errorf("a group that was lost counts as Redis being away:\n%s", out.String())
			}
		})
	}
}

// awaitBlocked waits until a client of this database is blocked.
func awaitBlocked(t *testing.T, client *redis.Client) {
	t.Helper()
	database := fmt.Sprintf(" db=%d ", client.Options().DB)
	for end := time.Now().Add(deadline); time.Now().Before(end); {
		list, err := client.ClientList(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(list) {
			if strings.Contains(line, database) && strings.Contains(line, "flags=b") {
				return
			}
		}
	}
	t.Fatal("no client is blocked")
}

func TestRedisAwayIsLoggedOnceAndWaitedOut(t *testing.T) {
	t.Parallel()
	url, client := redistest.New(t)
	proxy := redistest.NewProxy(t, url)
	r, out := newReader(t, proxy.URL)
	add(t, client, "orderId", orderID(0), "quantity", 1)
	readUntil(t, r, 1)

	blocked := make(chan []Entry, 1)
	go func() { blocked <- r.Read(context.Background(), 1000) }()
	awaitBlocked(t, client)
	proxy.Cut()
	if entries := <-blocked; len(entries) != 0 {
		t.Errorf("a broken connection brought %d entries", len(entries))
	}
	for range 5 {
		r.Read(t.Context(), 1000)
	}
	if err := client.FlushDB(t.Context()).Err(); err != nil { // it comes back empty
		t.Fatal(err)
	}
	proxy.Resume()
	add(t, client, "orderId", orderID(1), "quantity", 1)
	readUntil(t, r, 1)

	log := out.String()
	if strings.Count(log, "Redis is away") != 1 || strings.Count(log, "Redis is back") != 1 {
		t.Errorf("want each once:\n%s", log)
	}
}

func TestReadWaitsOutRedisNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	url, _ := redistest.New(t)
	proxy := redistest.NewProxy(t, url)
	proxy.Cut()
	r, _ := newReader(t, proxy.URL)
	r.pace = backoff.Policy{Base: time.Hour, Cap: time.Hour, Random: func() float64 { return 0 }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.Read(ctx, 1) // returns
}

func TestEntriesThatNameNoOrderAreBuried(t *testing.T) {
	t.Parallel()
	url, client := redistest.New(t)
	r, out := newReader(t, url)
	first := add(t, client, "quantity", 2)
	add(t, client, "orderId", orderID(1), "quantity", "many")
	second := add(t, client, "orderId", "7", "note", "é")
	entries := readUntil(t, r, 1)
	if len(entries) != 1 || entries[0].OrderID != orderID(1) {
		t.Errorf("read %+v", entries)
	}
	letters, err := client.XRange(t.Context(), deadStream, "-", "+").Result()
	if err != nil || len(letters) != 2 {
		t.Fatalf("%d dead letters, %v; want 2", len(letters), err)
	}
	want := []map[string]any{
		{"entryId": first, "reason": "the field orderId is missing", "entry": `{"quantity":"2"}`},
		{"entryId": second, "reason": `the field orderId is not a UUID: "7"`, "entry": `{"note":"é","orderId":"7"}`},
	}
	for i, letter := range letters {
		if fmt.Sprint(letter.Values) != fmt.Sprint(want[i]) {
			t.Errorf("dead letter %v, want %v", letter.Values, want[i])
		}
	}
	if r.DeadLetters() != 2 || strings.Count(out.String(), "an entry names no order") != 2 {
		t.Errorf("counted %d, logged:\n%s", r.DeadLetters(), out.String())
	}
}

func TestDeadLettersThatCannotBeWrittenAreLogged(t *testing.T) {
	t.Parallel()
	url, client := redistest.New(t)
	if err := client.Set(t.Context(), deadStream, "not a stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	r, out := newReader(t, url)
	add(t, client, "orderId", "7")
	add(t, client, "orderId", orderID(1))
	readUntil(t, r, 1)
	if log := out.String(); !strings.Contains(log, "could not be written") || !strings.Contains(log, `\"orderId\":\"7\"`) {
		t.Errorf("logged:\n%s", log)
	}
}

func TestLeaveDeletesTheConsumer(t *testing.T) {
	t.Parallel()
	url, client := redistest.New(t)
	r, _ := newReader(t, url)
	if err := r.Leave(t.Context()); err != nil {
		t.Errorf("Leave before there is a group: %v", err)
	}
	add(t, client, "orderId", orderID(0))
	readUntil(t, r, 1)
	consumers := func() int {
		list, err := client.XInfoConsumers(t.Context(), stream, group).Result()
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if got := consumers(); got != 1 {
		t.Fatalf("%d consumers before Leave", got)
	}
	if err := r.Leave(t.Context()); err != nil || consumers() != 0 {
		t.Errorf("Leave: %v, %d consumers left", err, consumers())
	}
}

func TestShowLifeReadsNothing(t *testing.T) {
	t.Parallel()
	url, client := redistest.New(t)
	r, log := newReader(t, url)
	r.ShowLife(t.Context()) // before there is a group
	add(t, client, "orderId", orderID(0))
	readUntil(t, r, 1)
	add(t, client, "orderId", orderID(1))
	const quiet = 300 * time.Millisecond
	idle := func() time.Duration {
		consumers, err := client.XInfoConsumers(t.Context(), stream, group).Result()
		if err != nil || len(consumers) != 1 {
			t.Fatalf("consumers %v, %v", consumers, err)
		}
		return consumers[0].Idle
	}
	for end := time.Now().Add(deadline); idle() < quiet; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a consumer that does nothing is not idle")
		}
	}
	r.ShowLife(t.Context())
	if got := idle(); got >= quiet {
		t.Errorf("it still counts as gone for %v", got)
	}
	if got := readUntil(t, r, 1); got[0].OrderID != orderID(1) {
		t.Errorf("read %v after", got)
	}
	if log.String() != "" && strings.Contains(log.String(), "WARN") {
		t.Errorf("logged %s", log)
	}
}

func TestShowLifeWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	url, _ := redistest.New(t)
	proxy := redistest.NewProxy(t, url)
	r, log := newReader(t, proxy.URL)
	proxy.Cut()
	r.ShowLife(t.Context())
	if !strings.Contains(log.String(), "Redis is away") {
		t.Errorf("logged %s", log)
	}
}
