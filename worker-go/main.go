// Command worker reads orders from the stream, claims them at the gateway, works on them, and reports how that ended.
// "worker health" asks the one that runs beside it, in the same container, whether it lives.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage:
  worker                        work, until SIGTERM
  worker health [livez|readyz]  exit code 0 when the worker that runs here answers so, else 1
`

func main() {
	os.Exit(execute(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// execute runs the command that the arguments name and returns the process' exit code.
func execute(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 0:
		return supervise(getenv, stdout, stderr)
	case args[0] == "health" && len(args) <= 2:
		return checkHealth(args[1:], getenv, stderr)
	}
	fmt.Fprint(stderr, usage)
	return 2
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
