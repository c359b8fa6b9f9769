package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"orders/worker/internal/order"
	"orders/worker/internal/process"
)

// asVictim has this test binary kill itself.
const asVictim = "BE_THE_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(asVictim) != "" {
		_ = Poison(context.Background(), order.Order{Item: "poison:kill", Attempt: 1}, "")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestPoisonKills(t *testing.T) {
	victim := exec.Command(os.Args[0])
	victim.Env = []string{asVictim + "=1"}
	err := victim.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the process ended with %v", err)
	}
}

func TestPoisonOfEachKind(t *testing.T) {
	tests := []struct {
		item      string
		attempt   uint32
		err       string
		permanent bool
	}{
		{"Laptop", 1, "", false},
		{"poison", 1, "", false},
		{"poison:panic", 1, "panic: poisoned by order 7", false},
		{"poison:permanent", 9, "refused for ever", true},
		{"poison:permanent:1", 1, "refused for ever", true},
		{"poison:permanent:1", 2, "", false},
		{"poison:flaky", 1, "not at the first attempt", false},
		{"poison:flaky", 2, "", false},
		{"poison:tea", 1, `there is no poison "tea"`, true},
		{"poison:panic:often", 1, `"often" is no number of attempts`, true},
	}
	for _, test := range tests {
		t.Run(test.item, func(t *testing.T) {
			o := order.Order{ID: "7", Item: test.item, Attempt: test.attempt}
			err := process.Attempt(t.Context(), process.Func(func(ctx context.Context, o order.Order) error {
				return Poison(ctx, o, "poison:7")
			}), o)
			if got := text(err); got != test.err || process.IsPermanent(err) != test.permanent {
				t.Errorf("Poison = %q, permanent %v; want %q, %v", got, process.IsPermanent(err), test.err, test.permanent)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestHangEndsWithItsContextAndDeafDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the attempt timed out")
		for item, want := range map[string]time.Duration{"poison:hang": time.Second, "poison:deaf": deafFor} {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
			begin := time.Now()
			err := Poison(ctx, order.Order{Item: item, Attempt: 1}, "")
			if took := time.Since(begin); took != want || errors.Is(err, cause) != (item == "poison:hang") {
				t.Errorf("%s: %v after %v", item, err, took)
			}
			cancel()
		}
	})
}

func TestEffect(t *testing.T) {
	var header http.Header
	var body map[string]any
	code := http.StatusOK
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		_ = json.NewDecoder(r.Body).Decode(&body)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "noted")
	}))
	defer recorder.Close()
	effect, err := NewEffect(recorder.URL, "w1")
	if err != nil {
		t.Fatal(err)
	}
	o := order.Order{ID: "7", Attempt: 3}
	if err := effect.Work(t.Context(), o, "effect:7"); err != nil {
		t.Errorf("Work = %v", err)
	}
	if header.Get("Idempotency-Key") != "effect:7" || body["orderId"] != "7" || body["attempt"] != 3.0 || body["worker"] != "w1" {
		t.Errorf("posted %v, %v", header, body)
	}
	code = http.StatusBadGateway
	if err := effect.Work(t.Context(), o, "effect:7"); err == nil || process.IsPermanent(err) || !strings.Contains(err.Error(), "502: noted") {
		t.Errorf("Work = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := effect.Work(ctx, o, "effect:7"); !errors.Is(err, context.Canceled) {
		t.Errorf("Work = %v", err)
	}
}

func TestEffectWithoutRecorder(t *testing.T) {
	effect, err := NewEffect("", "w1")
	if err != nil {
		t.Fatal(err)
	}
	if err := effect.Work(t.Context(), order.Order{}, ""); err != nil {
		t.Errorf("Work = %v", err)
	}
	if _, err := NewEffect("localhost:80", "w1"); err == nil || !strings.Contains(err.Error(), "EFFECTS_URL") {
		t.Errorf("NewEffect = %v", err)
	}
}

func TestOnlyTheChaosBuildHasIt(t *testing.T) {
	for _, build := range []struct {
		tags string
		has  bool
	}{{"", false}, {"chaos", true}} {
		list := exec.Command("go", "list", "-deps", "-tags="+build.tags, "orders/worker")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("%v: %v", list, err)
		}
		if has := strings.Contains(string(out), "orders/worker/internal/chaos\n"); has != build.has {
			t.Errorf("-tags=%q has it: %v", build.tags, has)
		}
	}
}
