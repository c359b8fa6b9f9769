// Package queue reads the stream of orders to look at. The stream is a doorbell (D1): whatever is lost from it, MySQL
// still knows, and the gateway's relay rings again.
package queue

// All that the worker knows of Redis by name. The gateway and the HTTP functions use the same names.
const (
	// stream holds one entry for each order to look at. The relay trims it; the worker never deletes from it.
	stream = "orders:queue"
	// group is the consumer group that every worker reads in.
	group = "workers"
	// deadStream holds entries that name no order, for people to look at.
	deadStream = "orders:dead"
	// deadMaxLen is about how many of them are kept.
	deadMaxLen = 10_000

	fieldOrderID  = "orderId"
	fieldQuantity = "quantity"

	deadFieldEntryID = "entryId"
	deadFieldReason  = "reason"
	deadFieldEntry   = "entry"
)
