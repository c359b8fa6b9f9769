/** A CloudFormation template as it is read: JSON, of which the checks look at what they know. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
type Fields = { readonly [key: string]: Value };

export interface Resource {
  readonly Type: string;
  readonly Properties?: Fields;
  readonly DependsOn?: Value;
  readonly Metadata?: Fields;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Template {
  readonly Parameters?: Readonly<Record<string, Fields>>;
  readonly Conditions?: Fields;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Fields>>;
}

/** A resource with its logical id, which findings begin with. */
export interface Named extends Resource {
  readonly id: string;
}

export function allResources(template: Template): readonly Named[] {
  return Object.entries(template.Resources).map(([id, resource]) => ({ id, ...resource }));
}

export function resourcesOf(template: Template, ...types: readonly string[]): readonly Named[] {
  return allResources(template).filter(({ Type }) => types.includes(Type));
}

/** The value under a path of keys; undefined where there is none. */
export function at(value: Value | undefined, ...path: readonly (string | number)[]): Value | undefined {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string | number, Value>)[key];
  }
  return found;
}

/** A property of a resource, by its path. */
export function property(resource: Resource | undefined, ...path: readonly (string | number)[]): Value | undefined {
  return at(resource?.Properties, ...path);
}

/** The entries of a list; a single value counts as a list of one, as in IAM's policies, and an absent one as empty. */
export function listOf(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value as Value];
}

export function fieldsOf(value: Value | undefined): readonly (readonly [string, Value])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Whether CloudFormation takes the value for true: templates write booleans as texts, too. */
export function isTrue(value: Value | undefined): boolean {
  return value === true || value === "true";
}

/** Whether the value is there and is not true. An absent one is neither: what it stands for differs by property. */
export function isFalse(value: Value | undefined): boolean {
  return value === false || value === "false";
}

/** Every value below this one, itself included, with the key that it is under. */
export function* everyValue(value: Value, key = ""): Generator<{ readonly key: string; readonly value: Value }> {
  yield { key, value };
  if (typeof value !== "object" || value === null) return;
  const below = Array.isArray(value) ? value.map((entry: Value) => [key, entry] as const) : Object.entries(value);
  for (const [under, entry] of below) yield* everyValue(entry, under);
}
