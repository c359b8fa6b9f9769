import { readSettingsInUse } from "../../../core/db/diagnosis.ts";
import type { Services } from "../services.ts";
import { type Check, check, reasonOf, type Subject, unknown } from "./check.ts";

const settings: Subject = {
  name: "settings",
  expected: "the gateways' LEASE_MS and MAX_ATTEMPTS are those of the functions",
  fix: "give gateways and functions the same values and restart them: GET /orders/{id}/why explains orders by the functions' values",
};

/** A claim's lease is counted from MySQL's now; a little more is the time between two looks. In milliseconds. */
const marginMs = 1_000;

/** Looks for what the orders tell of other settings than those here. That there is nothing does not prove them equal. */
export async function checkSettings({ config, database }: Pick<Services, "config" | "database">): Promise<Check> {
  try {
    const { leaseLeftMs, failures } = await database.run(readSettingsInUse);
    const { LEASE_MS, MAX_ATTEMPTS } = config;
    const found = [
      ...(leaseLeftMs > LEASE_MS + marginMs
        ? [`a lease ends in ${leaseLeftMs} ms, and LEASE_MS is ${LEASE_MS} here`]
        : []),
      ...(failures >= MAX_ATTEMPTS
        ? [`an order is still tried after ${failures} failures, and MAX_ATTEMPTS is ${MAX_ATTEMPTS} here`]
        : []),
    ];
    if (found.length > 0) return check(settings, "warn", found.join("; "));
    return check(settings, "ok", `LEASE_MS=${LEASE_MS}, MAX_ATTEMPTS=${MAX_ATTEMPTS}`);
  } catch (error) {
    return unknown(settings, reasonOf(error));
  }
}
