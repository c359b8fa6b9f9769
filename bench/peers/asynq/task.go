package main

import (
	"encoding/json"
	"fmt"

	"github.com/hibiken/asynq"

	"orders/bench/settings"
)

const taskType = "order:process"

type payload struct {
	OrderID int64 `json:"orderId"`
}

// newTask is the task of an order. It has no retention: Asynq deletes it as soon as it is completed.
func newTask(orderID int64) (*asynq.Task, error) {
	data, err := json.Marshal(payload{OrderID: orderID})
	if err != nil {
		return nil, err
	}
	return asynq.NewTask(taskType, data, asynq.MaxRetry(5)), nil
}

// redisOptions has this many connections, so that no goroutine waits for another's.
func redisOptions(connections int) (asynq.RedisClientOpt, error) {
	url, err := settings.Text("REDIS_URL")
	if err != nil {
		return asynq.RedisClientOpt{}, err
	}
	parsed, err := asynq.ParseRedisURI(url)
	if err != nil {
		return asynq.RedisClientOpt{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	options, ok := parsed.(asynq.RedisClientOpt)
	if !ok {
		return asynq.RedisClientOpt{}, fmt.Errorf("REDIS_URL must be redis://host:port")
	}
	options.PoolSize = connections
	return options, nil
}
