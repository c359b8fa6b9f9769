import type { Session } from "../../../core/db/database.ts";
import { readServerState, readTime, readVersion, type ServerState } from "../../../core/db/diagnosis.ts";
import { type MigrationState, readMigrationState } from "../../../core/db/migrations.ts";
import { whyUnsupported } from "../../../core/db/server.ts";
import type { Services } from "../services.ts";
import { type Check, check, reasonOf, type Subject, unknown } from "./check.ts";
import { checkSkew, measureSkew } from "./clock.ts";

const server: Subject = {
  name: "mysql",
  expected: "MySQL 8.0.21 or newer answers",
  fix: "see that the MySQL of MYSQL_URL runs, can be reached from here, and takes this user and password",
};
const writable: Subject = {
  name: "mysql writes",
  expected: "read_only and super_read_only are off",
  fix: "let MYSQL_URL lead to the writer, not to a replica",
};
const migrated: Subject = { name: "migrations", expected: "all are applied", fix: "npm run orders -- migrate" };
const durable: Subject = {
  name: "durability",
  expected: "innodb_flush_log_at_trx_commit=1, sync_binlog=1",
  fix: "set both to 1 in MySQL's configuration: otherwise a power cut loses orders that were answered with 201",
};
const isolated: Subject = {
  name: "isolation",
  expected: "REPEATABLE-READ or READ-COMMITTED",
  fix: "set transaction_isolation to REPEATABLE-READ, MySQL's default",
};
const strict: Subject = {
  name: "sql mode",
  expected: "STRICT_TRANS_TABLES",
  fix: "add STRICT_TRANS_TABLES to sql_mode: without it MySQL cuts values instead of refusing them",
};
const roomy: Subject = {
  name: "connections",
  expected: "less than 80 % of max_connections in use",
  fix: "raise max_connections, or lower MYSQL_CONNECTIONS of the gateways or the handlers' concurrency",
};
const encrypted: Subject = {
  name: "mysql tls",
  expected: "the connection is encrypted in a cloud stage",
  fix: "add a TLS profile to MYSQL_URL, such as ?ssl=Amazon%20RDS",
};
const clock: Subject = {
  name: "mysql clock",
  expected: "within 1 s of the functions' clock",
  fix: "let both machines take their time from one source (NTP)",
};

const rest = [writable, migrated, durable, isolated, strict, roomy, encrypted, clock];

/** Looks at MySQL itself: what it is, and how it is set up. */
export async function checkMysql({ database, config }: Services): Promise<readonly Check[]> {
  try {
    return await database.run((session) => checkServer(session, config.STAGE));
  } catch (error) {
    return [check(server, "fail", reasonOf(error)), ...notKnown("MySQL does not answer")];
  }
}

async function checkServer(session: Session, stage: string): Promise<readonly Check[]> {
  const version = await readVersion(session);
  const objection = whyUnsupported(version);
  if (objection !== undefined) return [check(server, "fail", objection), ...notKnown("it is not a supported MySQL")];
  const state = await readServerState(session);
  const skew = await measureSkew(() => readTime(session));
  return [
    check(server, "ok", `MySQL ${version}`),
    check(writable, state.isReadOnly ? "fail" : "ok", state.isReadOnly ? "it is read-only" : "it takes writes"),
    checkMigrations(await readMigrationState(session.connection)),
    checkDurability(state),
    check(isolated, isolated.expected.includes(state.isolation) ? "ok" : "fail", state.isolation),
    checkMode(state),
    checkConnections(state),
    checkEncryption(state, stage),
    checkSkew(clock, skew, { warnMs: 1_000, failMs: 60_000 }),
  ];
}

function notKnown(why: string): readonly Check[] {
  return rest.map((subject) => unknown(subject, why));
}

function checkMigrations({ pending, isAhead, newest }: MigrationState): Check {
  if (pending.length > 0) return check(migrated, "fail", `not applied: ${pending.join(", ")}`);
  const ahead: Subject = { ...migrated, fix: "deploy the newer version here as well" };
  return isAhead
    ? check(ahead, "warn", `newer than ${newest}: another version made it`)
    : check(migrated, "ok", newest);
}

/** A binary log that is not synced loses transactions in a crash even where InnoDB's own log has them. */
function checkDurability({ flushLogAtTrxCommit, hasBinaryLog, syncBinlog }: ServerState): Check {
  const isDurable = flushLogAtTrxCommit === 1 && (!hasBinaryLog || syncBinlog === 1);
  const log = hasBinaryLog ? `sync_binlog=${syncBinlog}` : "no binary log";
  return check(durable, isDurable ? "ok" : "fail", `innodb_flush_log_at_trx_commit=${flushLogAtTrxCommit}, ${log}`);
}

function checkMode({ sqlMode }: ServerState): Check {
  const isStrict = sqlMode.includes("STRICT_TRANS_TABLES") || sqlMode.includes("STRICT_ALL_TABLES");
  return check(strict, isStrict ? "ok" : "fail", sqlMode.join(", ") || "none");
}

function checkConnections({ connections, mostConnections, maxConnections }: ServerState): Check {
  const share = connections / maxConnections;
  const status = share >= 0.95 ? "fail" : share >= 0.8 ? "warn" : "ok";
  return check(roomy, status, `${connections} of ${maxConnections}, ${mostConnections} at most so far`);
}

function checkEncryption({ cipher }: ServerState, stage: string): Check {
  if (cipher !== "") return check(encrypted, "ok", cipher);
  return check(encrypted, stage === "dev" || stage === "local" ? "ok" : "warn", "not encrypted");
}
