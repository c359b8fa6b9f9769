import { integer } from "./env.ts";

/** What the gateway does by, and the handlers explain by: in both, so that what is told is what happens. */
export const orderPolicy = {
  /** How long a claim holds an order, in milliseconds. */
  LEASE_MS: integer(10_000, 500, 3_600_000),
  /** How often the relay looks for what to repair, in milliseconds. */
  RELAY_INTERVAL_MS: integer(1_000, 50, 60_000),
  /** How long the time from a queue entry's delivery to its order's claim may be, in milliseconds. */
  QUEUE_GRACE_MS: integer(5_000, 100, 600_000),
  /** Failures after which an order is `failed`. */
  MAX_ATTEMPTS: integer(5, 1, 1_000),
};
