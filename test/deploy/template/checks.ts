import { alarms } from "./checks/alarms.ts";
import { connections } from "./checks/connections.ts";
import { containers } from "./checks/containers.ts";
import { durability } from "./checks/durability.ts";
import { encryption } from "./checks/encryption.ts";
import { environment } from "./checks/environment.ts";
import { exposure } from "./checks/exposure.ts";
import { permissions } from "./checks/permissions.ts";
import { routes } from "./checks/routes.ts";
import { secrets } from "./checks/secrets.ts";
import { sizes } from "./checks/sizes.ts";
import { users } from "./checks/users.ts";
import type { Check, Stack } from "./stack.ts";

/** All rules, by their names. */
export const checks = {
  ...{ alarms, connections, containers, durability, encryption, environment },
  ...{ exposure, permissions, routes, secrets, sizes, users },
} satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;

/** What all of the rules find, or some of them: `rule: resource: what is wrong`. */
export function findings(stack: Stack, names: readonly CheckName[] = Object.keys(checks) as CheckName[]): string[] {
  return names.flatMap((name) => checks[name](stack).map((finding) => `${name}: ${finding}`));
}
