package tracing

import (
	"fmt"
	"testing"
)

const anOrder = "01a2090f-79ac-7a03-964f-3256223620c7"

// The vectors of the TypeScript processes' tests, computed by neither implementation.
func TestIDsAreThoseOfTheOtherProcesses(t *testing.T) {
	if got := traceID(anOrder).String(); got != "01a2090f79ac7a03964f3256223620c7" {
		t.Errorf("trace id %s", got)
	}
	for name, want := range map[string]string{
		createName:                    "313e37bfe59b4459",
		attemptName(1):                "adcbfe4cf947642a",
		attemptName(1) + "/claim":     "288e959fac29e74b",
		attemptName(1) + "/completed": "64f794ee35725e7d",
		attemptName(1) + "/failed":    "167737a4d426c8bc",
		attemptName(1) + "/released":  "621ea25af07e295f",
		attemptName(2):                "bdd12e4b263cef19",
		attemptName(4294967295):       "72c9f37d04a10a24",
	} {
		if got := spanID(anOrder, name).String(); got != want {
			t.Errorf("span id of %s is %s, want %s", name, got, want)
		}
	}
}

func TestSamplingIsThatOfTheOtherProcesses(t *testing.T) {
	shares := []float64{0, 0.25, 0.5, 1}
	for id, want := range map[string][]bool{
		anOrder:                                {false, false, false, true},
		"01a2090f-79ac-7a03-964f-000000000000": {false, false, false, true},
		"01a2090f-79ac-7a03-9600-000000000000": {false, false, false, true},
		"01a2090f-79ac-7a03-967f-ffffffffffff": {false, false, false, true},
		"01a2090f-79ac-7a03-9680-000000000000": {false, false, true, true},
		"01a2090f-79ac-7a03-96bf-ffffffffffff": {false, false, true, true},
		"01a2090f-79ac-7a03-96c0-000000000000": {false, true, true, true},
		"01a2090f-79ac-7a03-96ff-ffffffffffff": {false, true, true, true},
		"not an order":                         {false, false, false, false},
		"":                                     {false, false, false, false},
	} {
		for i, share := range shares {
			if got := newSampler(share).traces(id); got != want[i] {
				t.Errorf("order %s at share %v: traced %v", id, share, got)
			}
		}
	}
}

func TestTheShareOfOrdersIsTraced(t *testing.T) {
	sampler, traced := newSampler(0.1), 0
	const orders = 65536
	for i := range orders {
		// Every value of the first two bytes that count.
		if sampler.traces(fmt.Sprintf("01a2090f-79ac-7a03-96%02x-%02x1234567890", i>>8, i&0xff)) {
			traced++
		}
	}
	if traced < orders/10-1 || traced > orders/10+1 {
		t.Errorf("%d of %d orders are traced at a share of 0.1", traced, orders)
	}
}
