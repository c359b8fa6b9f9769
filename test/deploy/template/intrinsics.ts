/**
 * CloudFormation's functions, read without deploying: a text with `${Name}` or `${Name.Attribute}` where a value would
 * stand. AWS CloudFormation User Guide, "Intrinsic function reference".
 */
import { fieldsOf, listOf, type Value } from "./template.ts";

/** The name and argument when the value is a call of a function, such as `{Ref: …}`. */
function call(value: Value): readonly [string, Value] | undefined {
  const [only, ...others] = fieldsOf(value);
  return only !== undefined && others.length === 0 && /^(Ref|Fn::\w+)$/.test(only[0]) ? only : undefined;
}

/** What the value will be as a text, as far as it is known; undefined for a list or an object. */
export function textOf(value: Value | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object") return String(value);
  const called = call(value);
  if (called === undefined) return undefined;
  const [name, argument] = called;
  if (name === "Ref") return `\${${String(argument)}}`;
  if (name === "Fn::GetAtt") return `\${${listOf(argument).map(String).join(".")}}`;
  if (name === "Fn::Sub") return substituted(argument);
  if (name === "Fn::Join") return joined(argument);
  return `\${${name}}`;
}

function substituted(argument: Value): string {
  const [text, variables] = listOf(argument);
  const given = new Map(fieldsOf(variables));
  return String(text).replace(/\$\{([\w.:]+)\}/g, (whole, name: string) => textOf(given.get(name)) ?? whole);
}

function joined(argument: Value): string {
  const [separator, entries] = listOf(argument);
  return listOf(entries)
    .map((entry) => textOf(entry) ?? "")
    .join(String(separator));
}

/** Whether the text says all: no part of it is known only when it is deployed. */
export function isLiteral(text: string): boolean {
  return !/\$\{|\{\{resolve:/.test(text);
}

/** The logical ids that a value refers to, however deep. */
export function referencesIn(value: Value | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value, found);
  return found;
}

function collect(value: Value | undefined, found: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  const called = call(value);
  if (called?.[0] === "Ref") found.add(String(called[1]));
  if (called?.[0] === "Fn::GetAtt") found.add(String(listOf(called[1])[0]).split(".", 1)[0] ?? "");
  if (called?.[0] === "Fn::Sub") {
    for (const [, name] of String(listOf(called[1])[0]).matchAll(/\$\{([\w:]+)/g)) found.add(name ?? "");
  }
  const below = Array.isArray(value) ? (value as readonly Value[]) : Object.values(value);
  for (const entry of below) collect(entry, found);
}

/** The logical id that a value refers to, when it refers to exactly one. */
export function referenceIn(value: Value | undefined): string | undefined {
  const [first, ...others] = referencesIn(value);
  return others.length === 0 ? first : undefined;
}

/** The texts in a value, however deep: calls of functions as the text that they will be. */
export function* textsIn(value: Value, key = ""): Generator<{ readonly key: string; readonly text: string }> {
  const text = textOf(value);
  if (text !== undefined) yield { key, text };
  else if (Array.isArray(value)) for (const entry of value) yield* textsIn(entry, key);
  else for (const [under, entry] of fieldsOf(value)) yield* textsIn(entry, under);
}
