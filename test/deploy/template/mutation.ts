import type { Stack } from "./stack.ts";
import { type Named, type Resource, resourcesOf, type Value } from "./template.ts";

/** A mistake made on purpose, and what its rule must find of it. */
export interface Mutation {
  readonly what: string;
  readonly change: (stack: Stack) => Stack;
  /** What the one finding says. */
  readonly finds: string;
}

type Path = readonly (string | number)[];

/** Which of the resources of a type is meant; without it the first one. */
type Which = (resource: Named) => boolean;

/** Sets a property of a resource; undefined removes it. Throws where there is none: such a mutation proves nothing. */
export function set(type: string, path: Path, value: Value | undefined, which: Which = () => true) {
  return edit(type, ["Properties", ...path], value, which);
}

/** Sets what stands beside the properties, such as the DeletionPolicy. */
export function setAttribute(type: string, name: string, value: Value | undefined, which: Which = () => true) {
  return edit(type, [name], value, which);
}

function edit(type: string, path: Path, value: Value | undefined, which: Which) {
  return (stack: Stack): Stack => {
    const found = resourcesOf(stack.template, type).find(which);
    if (found === undefined) throw new Error(`the stack has no such ${type} to change`);
    const template = structuredClone(stack.template);
    put(template.Resources[found.id] as unknown as Record<string, unknown>, path, value);
    return { ...stack, template };
  };
}

function put(target: Record<string | number, unknown>, path: Path, value: Value | undefined): void {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error("a path leads somewhere");
  if (rest.length > 0) {
    target[key] ??= {};
    put(target[key] as Record<string, unknown>, rest, value);
  } else if (value === undefined) {
    if (target[key] === undefined) throw new Error(`there is no ${String(key)} to remove`);
    delete target[key];
  } else {
    target[key] = value;
  }
}

/** Adds a resource named Added. */
export function add(resource: Resource) {
  return (stack: Stack): Stack => ({
    ...stack,
    template: { ...stack.template, Resources: { ...stack.template.Resources, Added: resource } },
  });
}

/** Removes all resources of a type that are meant. */
export function remove(type: string, which: Which = () => true) {
  return (stack: Stack): Stack => {
    const gone = new Set(
      resourcesOf(stack.template, type)
        .filter(which)
        .map(({ id }) => id),
    );
    if (gone.size === 0) throw new Error(`the stack has no such ${type} to remove`);
    const kept = Object.entries(stack.template.Resources).filter(([id]) => !gone.has(id));
    return { ...stack, template: { ...stack.template, Resources: Object.fromEntries(kept) } };
  };
}

/** Adds an entry to a list in a resource's properties. */
export function append(type: string, path: Path, entry: Value, which: Which = () => true) {
  return (stack: Stack): Stack => {
    const found = resourcesOf(stack.template, type).find(which);
    let list: unknown = found?.Properties;
    for (const key of path) list = (list as Record<string | number, unknown> | undefined)?.[key];
    if (list !== undefined && !Array.isArray(list)) throw new Error(`${path.join(".")} of ${found?.id} is no list`);
    return set(type, path, [...((list as Value[]) ?? []), entry], which)(stack);
  };
}

/** One after the other. */
export function both(first: (stack: Stack) => Stack, second: (stack: Stack) => Stack) {
  return (stack: Stack): Stack => second(first(stack));
}
