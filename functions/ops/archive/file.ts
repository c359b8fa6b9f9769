import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { WholeOrder } from "../../../core/db/archive.ts";
import { historyView, orderView } from "../../http/order-view.ts";

/** A file of archived orders. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * Makes the file of a batch: gzip'ed JSON lines, each an order as `GET /orders/{id}` answers it, with the SHA-256 of
 * its idempotency key where it has one. The name follows from the orders in it, and the bytes do too: a batch that is
 * archived again after a crash replaces its own file, and no other batch ever does.
 */
export async function archiveFile(orders: readonly WholeOrder[]): Promise<ArchiveFile> {
  const lines = orders.map((whole) => `${JSON.stringify(archivedOrder(whole))}\n`);
  return { name: nameOf(orders), bytes: await promisify(gzip)(lines.join("")) };
}

function archivedOrder({ order, history, idempotency }: WholeOrder) {
  return {
    ...orderView(order),
    ...(idempotency !== undefined && {
      idempotencyKeySha256: idempotency.key.toString("hex"),
      fingerprintSha256: idempotency.fingerprint.toString("hex"),
    }),
    history: historyView(order, history),
  };
}

/** By the day on which the first of them was created, then by the ids of the first and the last. */
function nameOf(orders: readonly WholeOrder[]): string {
  const [first, last] = [orders[0]?.order, orders.at(-1)?.order];
  if (first === undefined || last === undefined) throw new Error("an archive file holds an order at least");
  const day = first.createdAt.toISOString().slice(0, 10).replaceAll("-", "/");
  const digest = createHash("sha256");
  for (const { order } of orders) digest.update(order.id);
  return `completed/${day}/${first.id}_${last.id}_${digest.digest("hex").slice(0, 12)}.jsonl.gz`;
}
