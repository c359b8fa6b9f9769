package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"orders/worker/internal/backoff"
	"orders/worker/internal/link"
)

const (
	// block is how long Redis holds a read of an empty stream. It bounds how long the last read takes at a stop (D10).
	block = time.Second
	// readTimeout notices a half-open connection; Redis answers a read within block.
	readTimeout = block + ioTimeout
)

// Reader reads the stream as one consumer of the group. Entries are read with NOACK: the relay finds what was delivered
// and never claimed, so there is no list of pending entries beside it (D3).
type Reader struct {
	client   *redis.Client
	consumer string
	link     *link.Link
	log      *slog.Logger
	pace     backoff.Policy
	failures int
	dead     atomic.Int64
}

// NewReader returns a reader that is known to Redis as the given consumer. It tries again at the given pace.
func NewReader(client *redis.Client, consumer string, l *link.Link, log *slog.Logger, pace backoff.Policy) *Reader {
	return &Reader{client: client, consumer: consumer, link: l, log: log, pace: pace}
}

// DeadLetters counts the entries so far that name no order.
func (r *Reader) DeadLetters() int64 {
	return r.dead.Load()
}

// Read returns up to count entries, in up to about a second: none when the stream is empty, or when Redis is away, which
// it waits out a little. A read that is under way when ctx is done still ends by itself, as Redis counts what it has sent
// as delivered. Read must not be called by two goroutines at once.
func (r *Reader) Read(ctx context.Context, count int) []Entry {
	messages, err := r.fetch(context.WithoutCancel(ctx), count)
	if err != nil {
		r.link.Down(err)
		r.failures++
		// The error is ctx's, and the caller looks at ctx itself.
		_ = backoff.Wait(ctx, r.pace.Delay(r.failures))
		return nil
	}
	r.failures = 0
	r.link.Up()
	return r.decode(context.WithoutCancel(ctx), messages)
}

// ShowLife asks Redis for what this consumer has not acknowledged, which is nothing, as a consumer that asks for nothing
// counts as gone. It reads no entries, and takes up to about three seconds when Redis does not answer. It must not be
// called while Read is.
func (r *Reader) ShowLife(ctx context.Context) {
	err := r.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: r.consumer, Streams: []string{stream, "0"}, Count: 1, Block: -1,
	}).Err()
	switch {
	case ctx.Err() != nil:
	case err == nil || errors.Is(err, redis.Nil) || isGroupMissing(err): // the next read makes the group
		r.link.Up()
	default:
		r.link.Down(fmt.Errorf("asking the stream %s: %w", stream, err))
	}
}

func (r *Reader) fetch(ctx context.Context, count int) ([]redis.XMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	streams, err := r.client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: r.consumer, Streams: []string{stream, ">"}, Count: int64(count), Block: block, NoAck: true,
	}).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case isGroupMissing(err):
		return nil, r.createGroup(ctx)
	case err != nil:
		return nil, fmt.Errorf("reading the stream %s: %w", stream, err)
	case len(streams) == 0:
		return nil, nil
	default:
		return streams[0].Messages, nil
	}
}

// isGroupMissing tells whether Redis has lost the group or the stream, before the read or during it (UNBLOCKED).
func isGroupMissing(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "NOGROUP") || strings.HasPrefix(err.Error(), "UNBLOCKED"))
}

// createGroup makes the group at the beginning of the stream: at its end it would skip what was enqueued meanwhile.
func (r *Reader) createGroup(ctx context.Context) error {
	err := r.client.XGroupCreateMkStream(ctx, stream, group, "0").Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return fmt.Errorf("creating the consumer group %s: %w", group, err)
	}
	if err == nil {
		r.log.Info("created the consumer group", "stream", stream, "group", group)
	}
	return nil
}

func (r *Reader) decode(ctx context.Context, messages []redis.XMessage) []Entry {
	entries := make([]Entry, 0, len(messages))
	var letters []deadLetter
	for _, message := range messages {
		entry, err := Decode(message.Values)
		if err != nil {
			letters = append(letters, deadLetter{message.ID, err.Error(), encodeEntry(message.Values)})
			continue
		}
		if entry.Quantity == 0 {
			r.log.Debug("an entry has no valid quantity", "entryId", message.ID, "orderId", entry.OrderID)
		}
		entry.EnqueuedAt = enqueuedAt(message.ID)
		entries = append(entries, entry)
	}
	r.bury(ctx, letters)
	return entries
}

// Leave takes the consumer out of the group. The relay does so too, only later, for a worker that was killed.
func (r *Reader) Leave(ctx context.Context) error {
	err := r.client.XGroupDelConsumer(ctx, stream, group, r.consumer).Err()
	if err == nil || isGroupMissing(err) || strings.Contains(err.Error(), "requires the key to exist") {
		return nil
	}
	return fmt.Errorf("deleting the consumer %s: %w", r.consumer, err)
}
