/** The Redis list that orders wait in. */
export const queueKey = "orders";
