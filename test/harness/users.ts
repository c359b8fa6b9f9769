import { createHash } from "node:crypto";
import { inject } from "vitest";
import type { UserKind } from "../../core/db/users.ts";

/** The URLs of the users that a migration makes. */
export type TestUserUrls = Readonly<Record<UserKind, string>>;

/**
 * A URL with the user that a kind of process has in place of the owner. All test files share these users, each of which
 * has its privileges in every test's own database.
 */
export function asUser(kind: UserKind, url: string): string {
  const changed = new URL(url);
  changed.username = `orders_test_${kind}`;
  // The same in every test file, and no one else's.
  changed.password = createHash("sha256")
    .update(`${inject("mysqlUrl")} ${kind}`)
    .digest("hex")
    .slice(0, 32);
  return changed.href;
}

/** The URLs of all users beside the owner, to be made by a migration. */
export function userUrls(url: string): TestUserUrls {
  return { handlers: asUser("handlers", url), gateway: asUser("gateway", url) };
}
