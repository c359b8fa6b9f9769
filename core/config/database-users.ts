import type * as z from "zod";

/** The user names that MySQL takes, but for those that would need quoting: MySQL manual, "Account User and Password Management". */
const userName = /^[\w.-]{1,32}$/;

/** A password that is one text under every `sql_mode`. */
const password = /^[^'"\\\p{Cc}]+$/u;

/** A URL of a MySQL user by the name of its variable. */
export interface NamedUrl {
  readonly name: string;
  readonly url: string;
}

/**
 * Complains of URLs from which a migration cannot make users: each must lead to the owner's server and database, and
 * bring a user of its own with a password. No complaint says what is in a URL.
 *
 * @param owner the user that makes the others
 */
export function checkUserUrls(owner: NamedUrl, users: readonly NamedUrl[], context: z.RefinementCtx): void {
  const taken = new Map([[credentialsOf(owner.url)?.user, owner.name]]);
  for (const { name, url } of users) {
    const message = problemOf(url, owner, taken);
    if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
    taken.set(credentialsOf(url)?.user, name);
  }
}

/** User and password of a URL, as MySQL is to know them; undefined when they are not readable. */
export function credentialsOf(url: string): { readonly user: string; readonly password: string } | undefined {
  const { username, password } = new URL(url);
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}

function problemOf(url: string, owner: NamedUrl, taken: ReadonlyMap<string | undefined, string>): string | undefined {
  const credentials = credentialsOf(url);
  if (!userName.test(credentials?.user ?? "")) return "expected a user of up to 32 letters, digits, _, . and -";
  if (!password.test(credentials?.password ?? "")) return "expected a password, without quotes and backslashes";
  if (placeOf(url) !== placeOf(owner.url)) return `expected the host, port and database of ${owner.name}`;
  const other = taken.get(credentials?.user);
  return other === undefined ? undefined : `expected a user of its own, not that of ${other}`;
}

function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || "3306"}${pathname}`;
}
