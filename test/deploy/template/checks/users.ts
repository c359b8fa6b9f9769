import { referencesIn } from "../intrinsics.ts";
import { containersOf, declarationOf, type Stack } from "../stack.ts";
import { at, fieldsOf, listOf, property, resourcesOf, type Template, type Value } from "../template.ts";

/** The function that migrates, and with that makes the users of all others. */
const migrating = "functions/ops.handler";

/** A process and the variables that it gets, as the template has them. */
interface Process {
  readonly id: string;
  readonly kind: "migration" | "function" | "container";
  readonly variables: readonly (readonly [name: string, value: Value])[];
}

/** Nobody but the function that migrates is MySQL's owner; the others have users that it makes, of their own kind. */
export function users(stack: Stack): string[] {
  const { template } = stack;
  const owners = ownersOf(template);
  const all = processesOf(stack);
  return [
    ...all.flatMap((process) => ofOwner(template, process, owners)),
    ...ofMaking(template, all, owners),
    ...proxies(template, owners),
  ];
}

function processesOf(stack: Stack): readonly Process[] {
  const lambdas = resourcesOf(stack.template, "AWS::Lambda::Function").map((lambda): Process => {
    const kind = declarationOf(stack, lambda)?.handler === migrating ? "migration" : "function";
    return { id: lambda.id, kind, variables: fieldsOf(property(lambda, "Environment", "Variables")) };
  });
  const containers = containersOf(stack.template).map(({ id, definition }): Process => {
    const plain = listOf(at(definition, "Environment")).map((entry) => [entry, at(entry, "Value")] as const);
    const secret = listOf(at(definition, "Secrets")).map((entry) => [entry, at(entry, "ValueFrom")] as const);
    const variables = [...plain, ...secret].map(
      ([entry, value]) => [String(at(entry, "Name")), value ?? null] as const,
    );
    return { id, kind: "container", variables };
  });
  return [...lambdas, ...containers];
}

/** The secrets with the password of the database's master user. */
function ownersOf(template: Template): ReadonlySet<string> {
  const databases = resourcesOf(template, "AWS::RDS::DBInstance");
  return new Set(databases.flatMap((database) => [...referencesIn(property(database, "MasterUserPassword"))]));
}

/** The secrets behind a value: those that it refers to, and those that these are made of. */
function secretsBehind(template: Template, value: Value | undefined): ReadonlySet<string> {
  const direct = [...referencesIn(value)].filter(
    (id) => template.Resources[id]?.Type === "AWS::SecretsManager::Secret",
  );
  const made = direct.flatMap((id) => [...secretsBehind(template, template.Resources[id]?.Properties?.SecretString)]);
  return new Set([...direct, ...made]);
}

/** The secrets with the passwords of the users in a process' variable, or in all of its variables. */
function usersOf(template: Template, { variables }: Process, wanted?: string): ReadonlySet<string> {
  const values = variables.filter(([name]) => wanted === undefined || name === wanted).map(([, value]) => value);
  const secrets = values.flatMap((value) => [...secretsBehind(template, value)]);
  return new Set(secrets.filter((id) => template.Resources[id]?.Properties?.GenerateSecretString !== undefined));
}

function ofOwner(template: Template, process: Process, owners: ReadonlySet<string>): string[] {
  const isOwner = (name?: string) => !usersOf(template, process, name).isDisjointFrom(owners);
  if (process.kind === "migration") {
    return isOwner("MYSQL_OWNER_URL") ? [] : [`${process.id}: MYSQL_OWNER_URL is not MySQL's owner: it cannot migrate`];
  }
  return isOwner() ? [`${process.id}: gets MySQL's owner, who can drop every table: give it a user of its own`] : [];
}

function ofMaking(template: Template, all: readonly Process[], owners: ReadonlySet<string>): string[] {
  const made = new Set(
    all.filter(({ kind }) => kind === "migration").flatMap((process) => [...usersOf(template, process)]),
  );
  const inUse = (process: Process) => usersOf(template, process, "MYSQL_URL").difference(owners);
  const ofFunctions = new Set(all.filter(({ kind }) => kind === "function").flatMap((process) => [...inUse(process)]));
  return all
    .filter(({ kind }) => kind !== "migration")
    .flatMap((process) => [
      ...[...inUse(process).difference(made)].map((user) => `${process.id}: nobody makes its user (${user}) in MySQL`),
      ...(process.kind === "container" && !inUse(process).isDisjointFrom(ofFunctions)
        ? [`${process.id}: has the functions' user: give it its own`]
        : []),
    ]);
}

function proxies(template: Template, owners: ReadonlySet<string>): string[] {
  return resourcesOf(template, "AWS::RDS::DBProxy")
    .filter((proxy) => !secretsBehind(template, property(proxy, "Auth")).isDisjointFrom(owners))
    .map(({ id }) => `${id}: lets MySQL's owner in`);
}
