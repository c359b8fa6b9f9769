package queue

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// deadLetter is an entry that names no order.
type deadLetter struct {
	entryID string
	reason  string
	entry   string
}

// bury writes the letters to the stream of dead letters. They are diagnostics: no order depends on them, so what
// cannot be written is logged and left.
func (r *Reader) bury(ctx context.Context, letters []deadLetter) {
	if len(letters) == 0 {
		return
	}
	r.dead.Add(int64(len(letters)))
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	_, err := r.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, letter := range letters {
			pipe.XAdd(ctx, letter.args())
		}
		return nil
	})
	for _, letter := range letters {
		if err != nil {
			r.log.Error("a dead letter could not be written", "entryId", letter.entryID, "reason", letter.reason,
				"entry", letter.entry, "error", err)
			continue
		}
		r.log.Warn("an entry names no order", "entryId", letter.entryID, "reason", letter.reason)
	}
}

func (l deadLetter) args() *redis.XAddArgs {
	return &redis.XAddArgs{
		Stream: deadStream,
		MaxLen: deadMaxLen,
		Approx: true,
		Values: []any{deadFieldEntryID, l.entryID, deadFieldReason, l.reason, deadFieldEntry, l.entry},
	}
}
