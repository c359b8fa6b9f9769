import type { CheckName } from "./checks.ts";
import type { Mutation } from "./mutation.ts";
import { alarmsMutations } from "./mutations/alarms.ts";
import { connectionsMutations } from "./mutations/connections.ts";
import { containersMutations } from "./mutations/containers.ts";
import { durabilityMutations } from "./mutations/durability.ts";
import { encryptionMutations } from "./mutations/encryption.ts";
import { environmentMutations } from "./mutations/environment.ts";
import { exposureMutations } from "./mutations/exposure.ts";
import { permissionsMutations } from "./mutations/permissions.ts";
import { routesMutations } from "./mutations/routes.ts";
import { secretsMutations } from "./mutations/secrets.ts";
import { sizesMutations } from "./mutations/sizes.ts";
import { usersMutations } from "./mutations/users.ts";

/** The mistakes that each rule must find. */
export const mutations: Readonly<Record<CheckName, readonly Mutation[]>> = {
  alarms: alarmsMutations,
  connections: connectionsMutations,
  containers: containersMutations,
  durability: durabilityMutations,
  encryption: encryptionMutations,
  environment: environmentMutations,
  exposure: exposureMutations,
  permissions: permissionsMutations,
  routes: routesMutations,
  secrets: secretsMutations,
  sizes: sizesMutations,
  users: usersMutations,
};
