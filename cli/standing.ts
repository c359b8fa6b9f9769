import type { Stats } from "../core/api/documents.ts";
import { orderStatuses } from "../core/domain/order.ts";
import { count, duration } from "../core/domain/words.ts";
import { coloured, grouped, plain } from "./output.ts";

/** Where the labels end. */
const labelWidth = 12;
const countWidth = 14;

/** How the system stands, as lines: the orders in each status, the queue, the workers, and how long orders take. */
export function standing(stats: Stats): readonly string[] {
  return [
    ...orderStatuses.map((status) => {
      const label = coloured(status, status.padEnd(labelWidth));
      return `${label}${grouped(stats.counts[status]).padStart(countWidth)}`;
    }),
    "",
    labelled("queue", queue(stats)),
    labelled("workers", workers(stats)),
    labelled("latency", latency(stats)),
  ];
}

/** A line with a label. */
export function labelled(label: string, text: string): string {
  return `${label.padEnd(labelWidth)}${text}`;
}

/** Absent while Redis is away, and of an older API. */
function queue({ counts, queueDepth, oldestPendingAgeMs }: Stats): string {
  const depth = queueDepth === null ? "not known: Redis is away" : `${grouped(queueDepth)} waiting`;
  const age =
    counts.pending === 0 || oldestPendingAgeMs == null
      ? ""
      : `, the oldest pending order for ${duration(oldestPendingAgeMs)}`;
  return `${depth}${age}`;
}

function workers({ workers: seen, queueDepth }: Stats): string {
  if (queueDepth === null) return "not known: Redis is away";
  if (seen.length === 0) return "none";
  const each = seen.slice(0, 5).map(({ id, lastSeenAgoMs }) => `${plain(id)} (seen ${duration(lastSeenAgoMs)} ago)`);
  const rest = seen.length - each.length;
  return [...each, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

/** From the creation, or the time that it was ordered for, to the completion. */
function latency({ latencyMs }: Stats): string {
  if (latencyMs === undefined) return "no order was completed of late";
  const { orders, p50, p95, p99 } = latencyMs;
  const quantiles = `p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}`;
  return `${quantiles} from created to completed, of the newest ${count(orders, "completed order")}`;
}
