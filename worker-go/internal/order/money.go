package order

import "strconv"

// AmountCents is the price of all pieces, in cents. It is exact: the largest order is below 2^63 cents.
func (o Order) AmountCents() int64 {
	return o.PriceCents * int64(o.Quantity)
}

// Decimal is an amount of cents from 0 in text form with two decimals, such as 1299.99. Text, as a number in JSON is a
// float to many a reader, and no float holds 0.10.
func Decimal(cents int64) string {
	digits := strconv.FormatInt(cents, 10)
	for len(digits) < 3 {
		digits = "0" + digits
	}
	whole := len(digits) - 2
	return digits[:whole] + "." + digits[whole:]
}
