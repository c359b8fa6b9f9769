/**
 * Who may do what in MySQL: a user for each kind of process, with what its statements need and nothing else. Nobody but
 * the owner of the schema, who migrates and archives, can delete a row, change a table, or write to what an order was
 * accepted with: its item, quantity, price, run_at, created_at, idempotency_key and fingerprint.
 */

/** Processes that have a user of their own. The owner is none of them; the worker has no user at all. */
export const userKinds = ["handlers", "gateway"] as const;
export type UserKind = (typeof userKinds)[number];

/** A privilege on a table as MySQL writes it: `SELECT`, or `UPDATE (status)` on a column. */
export type Privilege = string;

/** By the table's name. */
export type TablePrivileges = Readonly<Record<string, readonly Privilege[]>>;

/** Locking reads need no more: `FOR UPDATE` is satisfied with UPDATE on any column. */
export const privileges: Readonly<Record<UserKind, TablePrivileges>> = {
  /** The functions behind the API, and the one that reports metrics. */
  handlers: {
    // Creates insert; cancel and redrive change these columns. Never the attempt, which is the fencing token (D4), nor
    // who works on the order and how that ended.
    orders: ["SELECT", "INSERT", ...update("status", "failures", "version", "due_at", "reason", "updated_at")],
    // The history is read and grows; nobody changes it (D8).
    order_events: ["SELECT", "INSERT"],
    order_totals: addingToTotals(),
    // Gateways count, and handlers tell.
    order_counts: ["SELECT"],
  },
  /** The status service, the relay and the counter. */
  gateway: {
    // Every column of an order's state. It makes no order.
    orders: [
      "SELECT",
      ...update("status", "attempt", "failures", "version", "due_at", "worker_id", "attempt_end", "reason"),
      ...update("updated_at", "completed_at"),
    ],
    order_events: ["INSERT"],
    order_totals: addingToTotals(),
    order_counts: ["SELECT", "INSERT", ...update("counts", "as_of")],
  },
};

/**
 * Those of {@link privileges} that the statements of this release do not use: granted one release before the first that
 * does, or not yet taken away one release after the last that did. During a deployment the code of both runs.
 */
export const passing: Readonly<Record<UserKind, TablePrivileges>> = { handlers: {}, gateway: {} };

/** `INSERT … ON DUPLICATE KEY UPDATE total = order_totals.total + …` reads what it changes. */
function addingToTotals(): readonly Privilege[] {
  return ["SELECT", "INSERT", ...update("total")];
}

function update(...columns: string[]): readonly Privilege[] {
  return columns.map((column) => columnPrivilege("UPDATE", column));
}

/** A privilege on one column. */
export function columnPrivilege(action: string, column: string): Privilege {
  return `${action} (${column})`;
}

/** What a user lacks of what it should have, and what it has beyond, by table. */
export interface Difference {
  readonly missing: TablePrivileges;
  readonly beyond: TablePrivileges;
}

/** Compares what a user should have with what it has; tables without a difference are left out. */
export function difference(wanted: TablePrivileges, held: TablePrivileges): Difference {
  return { missing: without(wanted, held), beyond: without(held, wanted) };
}

function without(some: TablePrivileges, others: TablePrivileges): TablePrivileges {
  const left = Object.entries(some).map(([table, list]) => [
    table,
    list.filter((privilege) => !others[table]?.includes(privilege)),
  ]);
  return Object.fromEntries(left.filter(([, list]) => (list?.length ?? 0) > 0));
}
