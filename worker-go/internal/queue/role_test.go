package queue

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orders/worker/internal/redistest"
)

func TestJudgeRole(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		info string
		want string // part of the error, none if empty
	}{
		"primary":  {"# Replication\r\nrole:master\r\nconnected_slaves:1\r\nslave0:ip=10.0.0.2,port=6379,state=online\r\n", ""},
		"replica":  {"# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:up\r\n", "of 10.0.0.1:6379"},
		"cut off":  {"# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:down\r\n", "of 10.0.0.1:6379"},
		"over v6":  {"role:slave\r\nmaster_host:fd00::1\r\nmaster_port:6379\r\n", "of fd00::1:6379"},
		"says not": {"# Replication\r\n", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := judgeRole(test.info)
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("judgeRole = %v, want %q", err, test.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	redisURL, _ := redistest.New(t)
	proxy := redistest.NewProxy(t, redisURL)
	r, _ := newReader(t, proxy.URL)
	if err := r.Check(t.Context()); err != nil {
		t.Errorf("a primary: %v", err)
	}
	r.link.Up() // seen lately
	proxy.Cut()
	if err := r.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "asking Redis for its role") {
		t.Errorf("a Redis that is away: %v", err)
	}
}

func TestCheckWithoutTheRightToAsk(t *testing.T) {
	t.Parallel()
	redisURL, direct := redistest.New(t)
	r, _ := newReader(t, asUserWithoutInfo(t, redisURL, direct))
	if err := r.Check(t.Context()); err != nil {
		t.Errorf("a user without INFO: %v", err)
	}
}

// asUserWithoutInfo returns the URL as a user of Redis who may do all but ask for INFO. It ends with the test.
func asUserWithoutInfo(t *testing.T, redisURL string, direct *redis.Client) string {
	t.Helper()
	parsed, err := url.Parse(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("without-info-%d", time.Now().UnixNano())
	if err := direct.Do(t.Context(), "ACL", "SETUSER", name, "on", ">secret", "~*", "+@all", "-info").Err(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { direct.Do(context.Background(), "ACL", "DELUSER", name) })
	parsed.User = url.UserPassword(name, "secret")
	return parsed.String()
}

func TestConnectionsAreMadeAnewAfterAWhile(t *testing.T) {
	t.Parallel()
	redisURL, _ := redistest.New(t)
	for name, test := range map[string]struct {
		age    time.Duration
		isSame bool
	}{"young": {time.Hour, true}, "old": {time.Nanosecond, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := connect(redisURL, test.age)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = client.Close() })
			first, second := client.ClientID(t.Context()).Val(), client.ClientID(t.Context()).Val()
			if first == 0 || second == 0 || (first == second) != test.isSame {
				t.Errorf("the connections %d and %d", first, second)
			}
		})
	}
}
