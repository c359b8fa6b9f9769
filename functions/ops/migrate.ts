import { migrateDatabase } from "../../core/db/migrations.ts";
import { ownerUrl, type Services, usersOf } from "./services.ts";

/** How long to wait for another migration, in seconds: less than the function may run. */
const lockSeconds = 45;

/** `migrate`: brings the database up to the newest schema, and its users to what they need; again changes nothing. */
export async function migrate({ config, log }: Services) {
  const { applied, current } = await migrateDatabase(ownerUrl(config), { lockSeconds, users: usersOf(config) });
  log.info({ applied, current }, applied.length > 0 ? "the database was migrated" : "the database was up to date");
  return { migrated: true, applied, current };
}
