// The tutorial's worker: goroutines that each pop an order from the list and report its two changes with two calls.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sync"

	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"orders/bench/naive-worker/gen"
	"orders/bench/settings"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	goroutines, err := settings.Number("CONCURRENCY")
	if err != nil {
		return err
	}
	list, err := openRedis(goroutines)
	if err != nil {
		return err
	}
	address, err := settings.Text("GRPC_ADDR")
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	statuses := gen.NewOrderStatusServiceClient(connection)
	if err := list.Ping(ctx).Err(); err != nil {
		return err
	}
	fmt.Println("ready")
	var group sync.WaitGroup
	for range goroutines {
		group.Go(func() { work(ctx, list, statuses) })
	}
	group.Wait()
	return nil
}

// A connection a goroutine: a BRPOP keeps its own to itself.
func openRedis(goroutines int) (*redis.Client, error) {
	url, err := settings.Text("REDIS_URL")
	if err != nil {
		return nil, err
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	options.PoolSize = goroutines
	return redis.NewClient(options), nil
}

type entry struct {
	OrderID  int64 `json:"orderId"`
	Quantity int   `json:"quantity"`
}

func work(ctx context.Context, list *redis.Client, statuses gen.OrderStatusServiceClient) {
	for {
		popped, err := list.BRPop(ctx, 0, "orders").Result()
		if err != nil {
			log.Printf("BRPOP: %v", err)
			continue
		}
		var order entry
		if err := json.Unmarshal([]byte(popped[1]), &order); err != nil {
			log.Printf("entry %q: %v", popped[1], err)
			continue
		}
		for _, status := range []string{"processing", "completed"} {
			update := &gen.UpdateOrderStatusRequest{OrderId: order.OrderID, Status: status}
			if _, err := statuses.UpdateOrderStatus(ctx, update); err != nil {
				log.Printf("order %d: %v", order.OrderID, err)
				break
			}
		}
	}
}
