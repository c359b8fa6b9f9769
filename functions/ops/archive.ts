import {
  deleteCompleted,
  findCompleted,
  lockCompleted,
  midnightDaysAgo,
  type WholeOrder,
} from "../../core/db/archive.ts";
import type { Database } from "../../core/db/database.ts";
import { archiveFile } from "./archive/file.ts";
import { type ArchiveStore, archiveStore } from "./archive/store.ts";
import type { OperationInput } from "./input.ts";
import type { Services } from "./services.ts";

type ArchiveInput = Extract<OperationInput, { operation: "archive" }>;

/** How many orders one file and one transaction hold. */
const batchSize = 1_000;

/**
 * `archive`: moves completed orders into files, batch by batch, oldest first. Not all at once: `more` tells to go on
 * from `cursor`.
 *
 * @param hasTime whether there is time for another batch
 */
export async function archive(services: Services, input: ArchiveInput, hasTime: () => boolean) {
  const store = await archiveStore(services.config);
  return archiveInto(store, services, input, hasTime);
}

/** As {@link archive}, into a given store. */
export async function archiveInto(
  store: ArchiveStore,
  { database, log }: Pick<Services, "database" | "log">,
  input: ArchiveInput,
  hasTime: () => boolean,
) {
  const completedBefore = await database.run((session) => midnightDaysAgo(session, input.olderThanDays));
  const files: string[] = [];
  const result = (archived: number) => ({ archived, files, completedBefore: completedBefore.toISOString() });
  let cursor = input.cursor;
  for (let archived = 0; ; ) {
    const limit = Math.min(batchSize, input.limit - archived);
    if (limit === 0 || !hasTime()) return { ...result(archived), more: true, ...(cursor !== undefined && { cursor }) };
    const page = await database.run((session) => findCompleted(session, { after: cursor, completedBefore, limit }));
    const batch = await archiveBatch(store, database, page.ids);
    if (batch.file !== undefined) {
      files.push(batch.file);
      log.info({ file: batch.file, orders: batch.count }, "completed orders were archived");
    }
    archived += batch.count;
    if (page.next === undefined) return { ...result(archived), more: false };
    cursor = page.next;
  }
}

/**
 * One file and one transaction. The rows stay locked from before they are read until they are deleted, and the file is
 * durable before that: whatever dies in between, an order is in MySQL, or in a file, or in both.
 */
async function archiveBatch(store: ArchiveStore, database: Database, ids: readonly string[]) {
  let written: { readonly file: string; readonly orders: readonly WholeOrder[] } | undefined;
  if (ids.length === 0) return { count: 0 };
  return database.transaction(async (session) => {
    const orders = await lockCompleted(session, ids);
    if (orders.length === 0) {
      // Tried again because the answer to its COMMIT was lost: the orders are gone all the same.
      return written === undefined ? { count: 0 } : { file: written.file, count: written.orders.length };
    }
    written = { file: await store.put(await archiveFile(orders)), orders };
    await deleteCompleted(session, orders);
    return { file: written.file, count: orders.length };
  });
}
