package order

import "time"

// Kind is what an update asks for.
type Kind uint8

// The kinds of updates. The zero Kind is none of them.
const (
	// Claim asks for a pending order.
	Claim Kind = iota + 1
	// Renew lengthens the lease of an attempt.
	Renew
	// Complete reports that the work is done.
	Complete
	// Fail reports that the attempt failed.
	Fail
	// Release gives the order back to the queue, with no failure counted.
	Release
)

// String is the kind's name in the log.
func (k Kind) String() string {
	switch k {
	case Claim:
		return "claim"
	case Renew:
		return "renewal"
	case Complete:
		return "completion"
	case Fail:
		return "failure"
	case Release:
		return "release"
	default:
		return "unknown"
	}
}

// IsReport tells whether the update says how an attempt ended. A report must not get lost.
func (k Kind) IsReport() bool {
	return k == Complete || k == Fail || k == Release
}

// Update is what the worker says about one order.
type Update struct {
	// OrderID is the order's UUID as text.
	OrderID string
	// Kind is what is asked for.
	Kind Kind
	// Attempt is the fencing token that the claim returned; 0 on a claim.
	Attempt uint32
	// Reason tells why the attempt failed; for Fail only.
	Reason string
	// Retryable tells whether a failed attempt may be followed by another; for Fail only.
	Retryable bool
	// HoldLimit is what the worker has made room for; for Claim only. 0: it knows of no limit.
	HoldLimit uint32
	// Expires is when the update must no longer be sent; for Renew only, where it is the end of the lease: a lease that
	// the worker gave up must not be lengthened.
	Expires time.Time
}

// Outcome is what an update did.
type Outcome uint8

// The outcomes. The zero Outcome is none of them.
const (
	// Applied means that the update changed the order.
	Applied Outcome = iota + 1
	// Duplicate means that the same update was applied before: go on as if it were applied now.
	Duplicate
	// Rejected means that the update changed nothing, for the result's Reason.
	Rejected
)

// Result is the gateway's answer to one update.
type Result struct {
	// Outcome is what the update did.
	Outcome Outcome
	// Reason tells why the update was rejected, in a few words.
	Reason string
	// HoldLimit is under what limit a claim that was rejected may be made again, once there is room; 0: it may not.
	HoldLimit uint32
	// Order is the claimed order with its attempt; set on a claim that was applied or is a duplicate.
	Order *Order
	// Lease is how long the lease lasts from before the update was sent; set on a claim or renewal that took effect.
	Lease time.Duration
}

// OK tells whether the update has taken effect, now or before.
func (r Result) OK() bool {
	return r.Outcome == Applied || r.Outcome == Duplicate
}
