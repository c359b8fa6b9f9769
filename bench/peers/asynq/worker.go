package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
)

const concurrency = 50

// taskCheckInterval is how long Asynq waits before it looks again at a queue that was empty. The default of one second
// would be the latency of every order at low load; below this, looking cost more CPU and no order was sooner.
const taskCheckInterval = 2 * time.Millisecond

func work() error {
	options, err := redisOptions(concurrency)
	if err != nil {
		return err
	}
	db, err := openDatabase(context.Background(), concurrency)
	if err != nil {
		return err
	}
	server := asynq.NewServer(options, asynq.Config{
		Concurrency:       concurrency,
		TaskCheckInterval: taskCheckInterval,
		LogLevel:          asynq.WarnLevel,
	})
	if err := server.Ping(); err != nil {
		return err
	}
	mux := asynq.NewServeMux()
	mux.HandleFunc(taskType, handler(db))
	fmt.Println("ready")
	return server.Run(mux)
}

// handler moves an order on with two guarded updates: a task may be run twice.
func handler(db *sql.DB) asynq.HandlerFunc {
	return func(ctx context.Context, task *asynq.Task) error {
		var p payload
		if err := json.Unmarshal(task.Payload(), &p); err != nil {
			return fmt.Errorf("payload: %v: %w", err, asynq.SkipRetry)
		}
		if err := move(ctx, db, p.OrderID, "pending", "processing"); err != nil {
			return err
		}
		return move(ctx, db, p.OrderID, "processing", "completed")
	}
}

func move(ctx context.Context, db *sql.DB, id int64, from, to string) error {
	_, err := db.ExecContext(ctx, "UPDATE orders SET status = ?, updated_at = ? WHERE id = ? AND status = ?",
		to, time.Now().UTC(), id, from)
	return err
}
