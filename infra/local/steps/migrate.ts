import { StartFailure } from "../failure.ts";
import { lastLines, run } from "../process/run.ts";

/** Brings the database's schema up to date. Throws a StartFailure with what the migration said. */
export async function migrate(root: string, env: Record<string, string>): Promise<void> {
  const { code, stdout, stderr } = await run(process.execPath, ["core/db/migrate.ts"], { cwd: root, env });
  if (code !== 0) {
    throw new StartFailure(`The database could not be migrated:\n${lastLines(stdout + stderr, 20)}`);
  }
}
