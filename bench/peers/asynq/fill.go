package main

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"
)

// fillers is how many goroutines enqueue: Asynq has no call that takes many tasks.
const fillers = 50

// rowsPerInsert is how many orders one INSERT stores.
const rowsPerInsert = 1_000

// fill stores and enqueues this many orders.
func fill(ctx context.Context, count int) error {
	options, err := redisOptions(fillers)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	client := asynq.NewClient(options)
	defer client.Close()
	ids := make(chan int64, rowsPerInsert)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for range fillers {
		group.Go(func() { enqueueAll(ctx, client, ids, cancel) })
	}
	if err := insert(ctx, db, count, ids); err != nil {
		cancel(err)
	}
	close(ids)
	group.Wait()
	return context.Cause(ctx)
}

func enqueueAll(ctx context.Context, client *asynq.Client, ids <-chan int64, fail context.CancelCauseFunc) {
	for id := range ids {
		task, err := newTask(id)
		if err == nil {
			_, err = client.EnqueueContext(ctx, task)
		}
		if err != nil {
			fail(err)
			return
		}
	}
}

func insert(ctx context.Context, db *sql.DB, count int, ids chan<- int64) error {
	for left := count; left > 0; left -= rowsPerInsert {
		size := min(left, rowsPerInsert)
		first, err := insertRows(ctx, db, size)
		if err != nil {
			return err
		}
		// MySQL numbers the rows of one INSERT … VALUES without a gap (manual, "AUTO_INCREMENT Handling in InnoDB").
		for offset := range int64(size) {
			select {
			case ids <- first + offset:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}

// insertRows answers the id of the first row.
func insertRows(ctx context.Context, db *sql.DB, size int) (int64, error) {
	now := time.Now().UTC()
	var values []any
	for range size {
		values = append(values, now, now)
	}
	rows := strings.TrimSuffix(strings.Repeat("('Laptop', 2, 1299.99, 'pending', ?, ?),", size), ",")
	statement := "INSERT INTO orders (item, quantity, price, status, created_at, updated_at) VALUES " + rows
	result, err := db.ExecContext(ctx, statement, values...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}
