package lease

import (
	"slices"

	"orders/worker/internal/order"
)

// alone is the limit of an order at its last chance: no other order with a limit is held beside it.
const alone = 1

// Limit notes that an order may be claimed only under that limit, and lets it wait for room. It returns the claims of
// the orders that there is room for now, and the ids of those that are let go as too many wait.
//
// The rule is that of hold_limit in the contract. An order counts from before its claim is sent until the report of its
// end is answered or its lease is over. An order that waits is not claimed, so it comes to no harm when this process is killed.
func (t *Table) Limit(orderID string, limit uint32) (claims []order.Update, letGo []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h, isHeld := t.holds[orderID]
	if !isHeld || h.state != claiming {
		return nil, nil
	}
	t.leave(h) // it may have been claimed under a limit that was too large
	h.state, h.limit, h.Order.ID = waiting, limit, orderID
	if t.isClosed {
		t.drop(h)
		return nil, []string{orderID}
	}
	t.waiting = append(t.waiting, h)
	slices.SortStableFunc(t.waiting, func(a, b *Hold) int { return int(a.limit) - int(b.limit) })
	claims = t.admit()
	for len(t.waiting) > t.maxWaiting() {
		last := t.waiting[len(t.waiting)-1]
		t.waiting = t.waiting[:len(t.waiting)-1]
		letGo = append(letGo, last.Order.ID)
		t.drop(last)
	}
	return claims, letGo
}

// maxWaiting bounds the orders that wait, as each takes a slot: there must be slots for those that need not.
func (t *Table) maxWaiting() int {
	return t.slots / 4
}

// CloseWaiting lets all orders go that wait for room, and those that would, as no more work is to begin.
func (t *Table) CloseWaiting() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.isClosed = true
	for _, h := range t.waiting {
		t.drop(h)
	}
	t.waiting = nil
}

func (t *Table) drop(h *Hold) {
	delete(t.holds, h.Order.ID)
	t.freeSlot()
}

// admit takes those of the waiting that there is room for, the smallest limits first, and returns their claims. While an
// order waits that must be alone, no other passes it: else it might wait for ever.
func (t *Table) admit() []order.Update {
	var claims []order.Update
	isBarred := false
	t.waiting = slices.DeleteFunc(t.waiting, func(h *Hold) bool {
		if isBarred || !t.hasRoom(h.limit) {
			isBarred = isBarred || h.limit == alone
			return false
		}
		h.state = claiming
		t.limited[h.limit]++
		claims = append(claims, order.Update{OrderID: h.Order.ID, Kind: order.Claim, HoldLimit: h.limit})
		return true
	})
	return claims
}

// hasRoom tells whether an order with that limit may join those that are held: for its own limit, and for every larger
// one that it counts for.
func (t *Table) hasRoom(limit uint32) bool {
	if limit == alone {
		return len(t.limited) == 0
	}
	if t.limited[alone] > 0 || t.atMost(limit) >= int(limit) {
		return false
	}
	for larger := range t.limited {
		if larger > limit && t.atMost(larger) >= int(larger) {
			return false
		}
	}
	return true
}

// atMost counts the orders held under that limit or a smaller one.
func (t *Table) atMost(limit uint32) int {
	sum := 0
	for other, count := range t.limited {
		if other <= limit {
			sum += count
		}
	}
	return sum
}

// leave ends a hold's part in its group; it may be called more than once.
func (t *Table) leave(h *Hold) {
	if h.limit > 0 && h.state != waiting {
		t.giveRoom(h.limit)
		h.limit = 0
	}
}

func (t *Table) giveRoom(limit uint32) {
	if t.limited[limit]--; t.limited[limit] == 0 {
		delete(t.limited, limit)
	}
}

// attempt is one attempt at an order.
type attempt struct {
	orderID string
	number  uint32
}

// keepRoom has the room of a hold whose work has ended kept until its report is answered: if this process is killed
// before, the attempt counts as lost.
func (t *Table) keepRoom(h *Hold) {
	if h.limit > 0 {
		t.reporting[attempt{h.Order.ID, h.Order.Attempt}] = h.limit
		h.limit = 0
	}
}

// Reported notes that the report of an attempt's end was answered. It returns the claims of those that have room by it.
func (t *Table) Reported(report order.Update) []order.Update {
	t.mu.Lock()
	defer t.mu.Unlock()
	ended := attempt{report.OrderID, report.Attempt}
	limit, isLimited := t.reporting[ended]
	if !isLimited {
		return nil
	}
	delete(t.reporting, ended)
	t.giveRoom(limit)
	return t.admit()
}
