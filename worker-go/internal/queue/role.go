package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Check returns why nothing that is enqueued could be read, or nil.
//
// It cannot know of a former primary which was cut off from those who enqueue, and still takes itself for one: nothing
// comes there, as in a queue that is empty. For its sake connections are made anew after a while (maxConnectionAge), and
// `npm run orders -- doctor` counts the workers in the Redis that the others use.
func (r *Reader) Check(ctx context.Context) error {
	if err := r.link.Check(ctx, r.ping); err != nil {
		return err
	}
	return checkRole(ctx, r.client)
}

func (r *Reader) ping(ctx context.Context) error {
	return r.client.Ping(ctx).Err()
}

// checkRole returns an error from a Redis that is a replica. Most refuse to be read in a group, which the link tells of
// (READONLY), but one that is writable (replica-read-only no) lets it be, and keeps a queue of its own.
func checkRole(ctx context.Context, client *redis.Client) error {
	info, err := client.Info(ctx, "replication").Result()
	if refusal := redis.Error(nil); errors.As(err, &refusal) {
		return nil // a user without the right to ask: it is not known
	}
	if err != nil {
		return fmt.Errorf("asking Redis for its role: %w", err)
	}
	return judgeRole(info)
}

// judgeRole reads the answer to INFO replication.
func judgeRole(info string) error {
	fields := make(map[string]string)
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	if fields["role"] != "slave" {
		return nil
	}
	return fmt.Errorf("this Redis is a replica, of %s:%s: orders are enqueued there. REDIS_URL must lead to the primary",
		fields["master_host"], fields["master_port"])
}
