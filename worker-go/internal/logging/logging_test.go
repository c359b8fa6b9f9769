package logging

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"regexp"
	"testing"
)

func TestLinesAreJSONWithTheKeysOfAllComponents(t *testing.T) {
	var out bytes.Buffer
	log := New(&out, slog.LevelInfo)
	log.Debug("not shown")
	log.Warn("an attempt failed", "orderId", "a", "attempt", 2)

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	for key, want := range map[string]any{
		"level": "warn", "component": "worker", "msg": "an attempt failed", "orderId": "a", "attempt": 2.0,
	} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}
	if stamp, _ := line["time"].(string); !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`).MatchString(stamp) {
		t.Errorf("time = %q", stamp)
	}
}
