// An order system as an experienced user of Asynq would write it: `asynq server`, `asynq worker`, `asynq fill <count>`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"orders/bench/settings"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "server":
		return serve(ctx)
	case len(args) == 1 && args[0] == "worker":
		return work()
	case len(args) == 2 && args[0] == "fill":
		count, err := settings.Count("the count", args[1])
		if err != nil {
			return err
		}
		return fill(ctx, count)
	}
	return errors.New("usage: asynq server | asynq worker | asynq fill <how many orders>")
}
