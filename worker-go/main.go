// Command worker reads orders from the stream, claims them at the gateway, works on them, and reports how that ended.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(supervise(os.Getenv, os.Stdout, os.Stderr))
}

// supervise runs the worker and returns the process' exit code. The first SIGTERM or SIGINT has it drain, a second one
// ends it at once.
func supervise(getenv func(string) string, stdout, stderr io.Writer) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	ended := make(chan error, 1)
	go func() { ended <- run(ctx, getenv, stdout) }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				fmt.Fprintln(stderr, err)
				return 1
			}
			return 0
		case received := <-signals:
			if ctx.Err() != nil {
				fmt.Fprintf(stderr, "%v once more: stopped without finishing\n", received)
				return 1
			}
			stop()
		}
	}
}
