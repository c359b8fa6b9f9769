import { expect, it, onTestFinished } from "vitest";
import { useDatabase } from "../../test/harness/database.ts";
import { Database } from "./database.ts";
import { DatabaseUnavailable } from "./errors.ts";

const direct = useDatabase();

it("work beyond what may wait for a connection is refused at once, and what waits is done", async () => {
  const database = new Database({ url: direct.url, connections: 1, timeoutMs: 10_000 });
  onTestFinished(() => database.close());
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const first = database.run(async () => {
    begun.resolve();
    await release.promise;
  });
  await begun.promise;
  const waiting = Array.from({ length: 32 }, () =>
    database.run(async ({ connection }) => connection.query("SELECT 1")),
  );
  const refused = await database.run(async () => "done").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DatabaseUnavailable);
  expect(String(refused)).toContain("too much work waits for MySQL already");
  release.resolve();
  await first;
  expect(await Promise.all(waiting)).toHaveLength(32);
});
