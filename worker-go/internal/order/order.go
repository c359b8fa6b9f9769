// Package order holds the worker's own words for orders and for what it says about them. It imports nothing of ours
// and does no I/O; the adapters translate to and from it.
package order

import "time"

// Order is what a step of the work needs to know about an order.
type Order struct {
	// ID is the order's UUID in its 36-character lower-case text form.
	ID string
	// Item is what is ordered.
	Item string
	// Quantity is how many, from 1.
	Quantity uint32
	// PriceCents is the price in cents.
	PriceCents int64
	// CreatedAt is when the order was created.
	CreatedAt time.Time
	// Attempt numbers the claims of this order, from 1. It is the fencing token of all that is reported about it.
	Attempt uint32
}
