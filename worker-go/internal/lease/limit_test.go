package lease

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"orders/worker/internal/order"
)

// claim reserves the order and lets it wait under the limit; it returns the orders that are claimed for it.
func claim(t *testing.T, table *Table, id string, limit uint32) (claimed, letGo []string) {
	t.Helper()
	if !table.Reserve(id) {
		t.Fatalf("order %s is held already", id)
	}
	claims, letGo := table.Limit(id, limit)
	return idsOf(t, claims), letGo
}

func idsOf(t *testing.T, claims []order.Update) []string {
	t.Helper()
	var ids []string
	for _, c := range claims {
		if c.Kind != order.Claim || c.HoldLimit == 0 || c.Attempt != 0 {
			t.Errorf("no claim under a limit: %+v", c)
		}
		ids = append(ids, c.OrderID)
	}
	return ids
}

func TestGroupsAreNested(t *testing.T) {
	tests := map[string]struct {
		limits []uint32
		want   []int // which of them may be claimed, when they come in this order
	}{
		"alone at the last chance":                      {[]uint32{1, 1}, []int{0}},
		"no larger limit beside a last chance":          {[]uint32{1, 10, 100, 1000}, []int{0}},
		"no last chance beside a larger limit":          {[]uint32{1000, 1}, []int{0}},
		"nothing passes a last chance that waits":       {[]uint32{1000, 1, 1000, 100}, []int{0}},
		"as many as the limit":                          {[]uint32{3, 3, 3, 3}, []int{0, 1, 2}},
		"a smaller limit counts for a larger":           {[]uint32{2, 2, 3, 3}, []int{0, 1, 2}},
		"a larger limit does not count for a smaller":   {[]uint32{5, 5, 2, 2, 2}, []int{0, 1, 2, 3}},
		"a newcomer does not break a larger limit held": {[]uint32{4, 4, 4, 4, 2}, []int{0, 1, 2, 3}},
		"three deep": {[]uint32{2, 4, 4, 6, 6, 2, 4, 6}, []int{0, 1, 2, 3, 4, 5}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			table := NewTable(context.Background(), 1000, timeout)
			var got []int
			for i, limit := range test.limits {
				if claimed, letGo := claim(t, table, fmt.Sprint(i), limit); len(claimed) > 0 {
					got = append(got, i)
				} else if len(letGo) > 0 {
					t.Errorf("order %d was let go", i)
				}
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("claimed %v, want %v", got, test.want)
			}
		})
	}
}

func TestWaitingOrdersFollow(t *testing.T) {
	ends := map[string]func(*Table, string) []order.Update{
		"when a claim is rejected": func(table *Table, id string) []order.Update { return table.Cancel(id) },
		"when the end of work is reported": func(table *Table, id string) []order.Update {
			h := table.Begin(order.Order{ID: id, Attempt: 1}, start, length, start)
			table.End(h)
			table.Free(h)
			if claims, _ := table.Scan(start); len(claims) > 0 {
				t.Error("claimed before the report was answered")
			}
			return table.Reported(order.Update{OrderID: id, Kind: order.Complete, Attempt: 1})
		},
		"when a lease is over": func(table *Table, id string) []order.Update {
			table.Begin(order.Order{ID: id, Attempt: 1}, start, length, start)
			claims, _ := table.Scan(at(length))
			return claims
		},
		"when a lease is taken back": func(table *Table, id string) []order.Update {
			table.Begin(order.Order{ID: id, Attempt: 1}, start, length, start)
			table.RenewalRejected(order.Update{OrderID: id, Attempt: 1})
			claims, _ := table.Scan(at(time.Second))
			return claims
		},
		"when its limit turns out smaller": func(table *Table, id string) []order.Update {
			claims, _ := table.Limit(id, 3)
			return claims
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			table := NewTable(context.Background(), 100, timeout)
			claim(t, table, "first", 1)
			claim(t, table, "large", 2)
			claim(t, table, "last", 1)
			if table.Reserve("large") {
				t.Error("an order that waits was reserved")
			}
			if got, want := idsOf(t, end(table, "first")), []string{"last"}; !reflect.DeepEqual(got, want) {
				t.Fatalf("claimed %v, want %v", got, want)
			}
			got := idsOf(t, table.Cancel("last"))
			if len(got) == 0 || got[0] != "large" {
				t.Errorf("claimed %v, want the one with the larger limit", got)
			}
		})
	}
}

func TestOnlyAQuarterOfTheSlotsWaits(t *testing.T) {
	table := NewTable(context.Background(), 8, timeout)
	claim(t, table, "held", 1)
	claim(t, table, "a", 10)
	claim(t, table, "b", 100)
	if _, letGo := claim(t, table, "c", 1); !reflect.DeepEqual(letGo, []string{"b"}) {
		t.Errorf("let go %v, want the one with the largest limit", letGo)
	}
	if table.slotsInUse() != 3 || table.Held() != 3 || !table.Reserve("b") {
		t.Error("an order that was let go is still held")
	}
	table.Cancel("b")
	table.CloseWaiting()
	if table.slotsInUse() != 1 || table.Held() != 1 {
		t.Errorf("%d held after the waiting ended", table.Held())
	}
	if claimed, letGo := claim(t, table, "d", 10); len(claimed) > 0 || len(letGo) != 1 {
		t.Errorf("claimed %v, let go %v after the waiting ended", claimed, letGo)
	}
	if claims := table.Cancel("held"); len(claims) > 0 || table.slotsInUse() != 0 || len(table.limited) != 0 {
		t.Errorf("left over: claims %v, limits %v", claims, table.limited)
	}
}

// Whatever comes and goes, every limit held is kept to, and in the end nothing waits.
func TestEveryLimitHolds(t *testing.T) {
	limits := []uint32{1, 2, 4, 10, 30}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		table := NewTable(context.Background(), 200, timeout)
		held := map[string]uint32{}
		follow := func(claims []order.Update) {
			for _, c := range claims {
				held[c.OrderID] = c.HoldLimit
			}
			checkLimits(t, held)
		}
		for i := range 300 {
			if id := fmt.Sprint(i); random.IntN(2) == 0 && table.Reserve(id) {
				claims, _ := table.Limit(id, limits[random.IntN(len(limits))])
				follow(claims)
			}
			for id := range held {
				if random.IntN(20) == 0 {
					delete(held, id)
					follow(table.Cancel(id))
				}
			}
		}
		for len(held) > 0 {
			for id := range held {
				delete(held, id)
				follow(table.Cancel(id))
			}
		}
		if table.Held() != 0 {
			t.Fatalf("seed %d: %d orders wait for ever", seed, table.Held())
		}
	}
}

func checkLimits(t *testing.T, held map[string]uint32) {
	t.Helper()
	for _, limit := range held {
		count := 0
		for _, other := range held {
			if other <= limit {
				count++
			}
		}
		if count > int(limit) || limit == alone && len(held) > 1 {
			t.Fatalf("%d orders under limit %d among %v", count, limit, held)
		}
	}
}
