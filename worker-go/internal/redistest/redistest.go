// Package redistest gives each test a Redis database of its own, on a real Redis.
package redistest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// variable names the Redis. It is not REDIS_URL, which may well lead to one with data that somebody needs.
const variable = "TEST_REDIS_URL"

// heldFor outlives any test run; a database is given back at the end of its test, or after this if the test was killed.
const heldFor = 15 * time.Minute

// New returns the URL of an empty database, and a client of it. Both are the test's alone until it ends.
func New(t testing.TB) (string, *redis.Client) {
	t.Helper()
	base := os.Getenv(variable)
	if base == "" {
		t.Fatal(variable + " is not set. Run the tests by `npm test` at the root of the repository, which provides Redis, or " +
			"with a Redis that they may empty: " + variable + "=redis://127.0.0.1:6379 go test ./...")
	}
	parsed, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is malformed: %v", variable, err)
	}
	parsed.Path = "/" + strconv.Itoa(reserve(t, base))
	client := connect(t, parsed.String())
	flush := func() {
		if err := client.FlushDB(context.Background()).Err(); err != nil {
			t.Errorf("emptying the Redis database: %v", err)
		}
	}
	flush()
	t.Cleanup(flush)
	return parsed.String(), client
}

// reserve picks a database that no other test has, in this process or another, and keeps it until the test ends. It takes
// the upper half of the databases and leaves the lower one to whoever else uses this Redis.
func reserve(t testing.TB, base string) int {
	t.Helper()
	registry := connect(t, base)
	count := databases(t, registry)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		for n := count - 1; n >= count/2; n-- {
			key := fmt.Sprintf("redistest:database:%d", n)
			isFree, err := registry.SetNX(t.Context(), key, os.Getpid(), heldFor).Result()
			if err != nil {
				t.Fatalf("reserving a Redis database: %v", err)
			}
			if isFree {
				t.Cleanup(func() { registry.Del(context.Background(), key) })
				return n
			}
		}
	}
	t.Fatal("every Redis database is taken")
	return 0
}

func databases(t testing.TB, client *redis.Client) int {
	t.Helper()
	answer, err := client.ConfigGet(t.Context(), "databases").Result()
	if err != nil {
		t.Fatalf("asking Redis for its number of databases: %v", err)
	}
	count, err := strconv.Atoi(answer["databases"])
	if err != nil {
		t.Fatalf("the number of Redis databases: %v", err)
	}
	return count
}

func connect(t testing.TB, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatalf("%s is malformed: %v", variable, err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}
