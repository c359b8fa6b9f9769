import { Counter, type Registry } from "prom-client";
import type { Decision, Rejection, StatusUpdate } from "../../core/domain/status-update.ts";

interface Result {
  readonly update: StatusUpdate;
  readonly decision: Decision;
}

const kinds: { readonly [T in StatusUpdate["type"]]: string } = {
  claim: "claim",
  renew: "renewal",
  complete: "complete",
  fail: "fail",
  release: "release",
};
const types = Object.keys(kinds) as StatusUpdate["type"][];

const reasons: { readonly [R in Rejection]: true } = {
  ...{ invalid: true, not_found: true, stale_attempt: true, held_by_another_worker: true },
  ...{ cancelled: true, illegal_transition: true, hold_limited: true },
};
const rejections = Object.keys(reasons) as Rejection[];

/** Where an outcome stands among those of its kind: applied, duplicate, and after them every reason of a rejection. */
const appliedAt = 0;
const duplicateAt = 1;
const rejectedAt = Object.fromEntries(rejections.map((rejection, index) => [rejection, index + 2])) as {
  readonly [R in Rejection]: number;
};
const outcomes = rejections.length + 2;
const kindAt = Object.fromEntries(types.map((type, index) => [type, index * outcomes])) as {
  readonly [T in StatusUpdate["type"]]: number;
};

/** Counts what became of updates. An order costs an addition; the counters are told once for a batch. */
export class UpdateCounts {
  readonly #counter: Counter<"kind" | "outcome" | "reason">;
  /** A counter for each kind and outcome, and what this batch has of it. */
  readonly #children: readonly { inc(value: number): void }[];
  readonly #batch = new Uint32Array(types.length * outcomes);

  constructor(registry: Registry) {
    this.#counter = new Counter({
      name: "orders_gateway_updates_total",
      help: "Workers' updates by what became of them. A rejection tells its reason. Sum over replicas.",
      labelNames: ["kind", "outcome", "reason"],
      registers: [registry],
    });
    this.#children = types.flatMap((type) => {
      const kind = kinds[type];
      const rejected = rejections.map((reason) => ({ kind, outcome: "rejected", reason }));
      const all = [{ kind, outcome: "applied" }, { kind, outcome: "duplicate" }, ...rejected];
      return all.map((labels) => this.#counter.labels(labels));
    });
    // So that the first of a kind is seen as an increase.
    for (const child of this.#children) child.inc(0);
  }

  /** Counts the results of one transaction. */
  add(results: readonly Result[]): void {
    const batch = this.#batch;
    for (const { update, decision } of results) {
      const outcome =
        decision.outcome === "applied"
          ? appliedAt
          : decision.outcome === "duplicate"
            ? duplicateAt
            : rejectedAt[decision.rejection];
      const at = kindAt[update.type] + outcome;
      batch[at] = (batch[at] ?? 0) + 1;
    }
    for (const [at, child] of this.#children.entries()) {
      const count = batch[at] ?? 0;
      if (count > 0) child.inc(count);
    }
    batch.fill(0);
  }

  /** Counts updates that could not be read: of which kind they are is not known. */
  addUnreadable(count: number): void {
    if (count > 0) this.#counter.inc({ kind: "unknown", outcome: "rejected", reason: "invalid" }, count);
  }
}
