package queue

import (
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	dialTimeout = 2 * time.Second
	ioTimeout   = 3 * time.Second
	// maxConnectionAge is when a connection is made anew, and the name of the server looked up again: one to a former primary
	// may outlive a failover for ever.
	maxConnectionAge = 5 * time.Minute
)

// Connect returns a client of the Redis at url. It connects when first used.
func Connect(url string) (*redis.Client, error) {
	return connect(url, maxConnectionAge)
}

func connect(url string, maxAge time.Duration) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("reading the Redis URL: %w", err)
	}
	options.DialTimeout = dialTimeout
	options.ReadTimeout = ioTimeout
	options.WriteTimeout = ioTimeout
	options.ContextTimeoutEnabled = true
	// The reader has its own pace of trying again, which also decides what is logged.
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ConnMaxLifetime = maxAge
	// One connection reads; the second serves dead letters and health checks meanwhile.
	options.PoolSize = 2
	// A plain connection: none of the commands that announce the client or ask for notices of maintenance.
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}
