package config

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// reader reads variables and gathers what is wrong with them, so that all of it can be said at once.
type reader struct {
	getenv   func(string) string
	problems []error
}

func (r *reader) malformed(name, expected string) {
	r.problems = append(r.problems, fmt.Errorf("  %s is malformed: expected %s", name, expected))
}

func (r *reader) missing(name, expected string) {
	r.problems = append(r.problems, fmt.Errorf("  %s is missing: expected %s", name, expected))
}

func (r *reader) isGiven(name string) bool { return r.getenv(name) != "" }

// required returns the variable's text, or false when it is absent.
func (r *reader) required(name, expected string) (string, bool) {
	text := r.getenv(name)
	if text == "" {
		r.missing(name, expected)
	}
	return text, text != ""
}

func (r *reader) text(name, fallback string) string {
	if text := r.getenv(name); text != "" {
		return text
	}
	return fallback
}

func (r *reader) redisURL(name string) string {
	const expected = "redis://[user:password@]host:port[/database], or rediss:// for TLS"
	text, ok := r.required(name, expected)
	if !ok {
		return ""
	}
	if _, err := redis.ParseURL(text); err != nil {
		r.malformed(name, expected) // without err, which may quote the password
	}
	return text
}

// baseURL returns the URL without a slash at its end, or "" when it is absent.
func (r *reader) baseURL(name string) string {
	text := r.getenv(name)
	if text == "" {
		return ""
	}
	parsed, err := url.Parse(text)
	isBase := err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() != "" &&
		parsed.RawQuery == "" && parsed.Fragment == "" && parsed.User == nil
	if !isBase {
		r.malformed(name, "http://host:port or https://host:port, without user, query and fragment") // without text: it may have a password
	}
	return strings.TrimRight(text, "/")
}

func (r *reader) addresses(name string) []string {
	const expected = "host:port, or several of them separated by commas"
	text, ok := r.required(name, expected)
	if !ok {
		return nil
	}
	var addresses []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		host, port, err := net.SplitHostPort(part)
		number, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil || host == "" || number == 0 || strings.ContainsAny(host, "/ ") {
			r.malformed(name, fmt.Sprintf("%s; got %q", expected, part))
			return nil
		}
		addresses = append(addresses, part)
	}
	return addresses
}

func (r *reader) integer(name string, fallback, least, most int) int {
	text := r.getenv(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		r.malformed(name, fmt.Sprintf("an integer from %d to %d, got %q", least, most, text))
	}
	return value
}

func (r *reader) milliseconds(name string, fallback, least, most time.Duration) time.Duration {
	value := r.integer(name, int(fallback.Milliseconds()), int(least.Milliseconds()), int(most.Milliseconds()))
	return time.Duration(value) * time.Millisecond
}

func (r *reader) share(name string, fallback float64) float64 {
	text := r.getenv(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || value < 0 || value > 1 {
		r.malformed(name, fmt.Sprintf("a number from 0 to 1, got %q", text))
	}
	return value
}

func (r *reader) level(name string, fallback slog.Level) slog.Level {
	levels := map[string]slog.Level{
		"": fallback, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	text := r.getenv(name)
	level, ok := levels[text]
	if !ok {
		r.malformed(name, fmt.Sprintf("debug, info, warn or error, got %q", text))
	}
	return level
}
