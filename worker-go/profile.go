//go:build profile

package main

import (
	"log"
	"net/http"
	_ "net/http/pprof" // answers /debug/pprof
	"os"
)

// init serves Go's profiles at PPROF_ADDRESS. In the worker that `npm run bench:profile` builds, and in no other.
func init() {
	go func() { log.Fatal(http.ListenAndServe(os.Getenv("PPROF_ADDRESS"), nil)) }()
}
