/** Every name in Redis. Nothing under them must be kept: all of it can be rebuilt from MySQL (D1). */

/** The stream that says "look at this order now", with the fields `orderId` and `quantity` and nothing else. */
export const queueStream = "orders:queue";

/** The consumer group of the workers. They read with NOACK: there is no pending entries list. */
export const workerGroup = "workers";

/** Entries that name no order, for people to look at: diagnostics, kept by the worker up to about 10,000 (D9). */
export const deadStream = "orders:dead";
