import type { Session } from "../../../core/db/database.ts";
import { needsPrivilege } from "../../../core/db/errors.ts";
import { findLongTransactions, readAccount, readHistoryLength } from "../../../core/db/transactions.ts";
import type { Services } from "../services.ts";
import { type Check, check, duration, reasonOf, type Subject, unknown } from "./check.ts";

/** What is too much. */
interface TransactionLimits {
  /** No transaction of this system's takes over 4 s, but for an archive's and a migration's. In milliseconds. */
  readonly longMs: number;
  /** Some seconds of full load leave 100,000 behind, which purge works off. */
  readonly historyLength: number;
}

const defaultLimits: TransactionLimits = { longMs: 60_000, historyLength: 1_000_000 };

const long: Subject = {
  name: "long transactions",
  expected: "no transaction is open for over a minute",
  fix: "",
};
const purge: Subject = {
  name: "purge",
  expected: "under 1,000,000 changes wait to be purged",
  fix: "end the long transactions first, which hold it back; then wait: until it has caught up, looks at the index pass over every dead entry",
};

/** Looks for what holds back InnoDB's purge: dead index entries pile up, and the relay's looks pass over all of them. */
export async function checkTransactions(
  { database }: Pick<Services, "database">,
  limits = defaultLimits,
): Promise<readonly Check[]> {
  try {
    return await database.run((session) => lookAt(session, limits));
  } catch (error) {
    return [long, purge].map((subject) => unknown(subject, reasonOf(error)));
  }
}

async function lookAt(session: Session, limits: TransactionLimits): Promise<readonly Check[]> {
  try {
    return [await checkLong(session, limits), checkHistory(await readHistoryLength(session), limits)];
  } catch (error) {
    if (!needsPrivilege(error)) throw error;
    const fix = `as an administrator of MySQL: GRANT PROCESS ON *.* TO ${await readAccount(session)}`;
    return [long, purge].map((subject) => ({ ...unknown(subject, "the owner's user lacks PROCESS"), fix }));
  }
}

async function checkLong(session: Session, { longMs }: TransactionLimits): Promise<Check> {
  const found = await findLongTransactions(session, longMs);
  if (found.length === 0) return check(long, "ok", "none");
  const told = found.map(({ connectionId, ageMs, client }) => {
    const who = client === "" ? "" : ` (${client})`;
    return `connection ${connectionId}${who} for ${duration(ageMs)}`;
  });
  const kills = found.map(({ connectionId }) => `KILL ${connectionId}`).join("; ");
  const fix = `see what began them, such as a forgotten client or a dump; ${kills} (on Amazon RDS CALL mysql.rds_kill(…)) ends them and rolls them back`;
  return check({ ...long, fix }, "warn", told.join(", "));
}

function checkHistory(length: number, { historyLength }: TransactionLimits): Check {
  return check(purge, length > historyLength ? "warn" : "ok", `history list length ${length.toLocaleString("en-US")}`);
}
