/** The variables that a process gets, as far as the template says them. */
import { isLiteral, referencesIn, textOf } from "./intrinsics.ts";
import { type Container, containersOf } from "./stack.ts";
import { at, fieldsOf, listOf, type Named, property, type Template } from "./template.ts";

export type Variables = Readonly<Record<string, string>>;

/** A function's variables, with what stands in for a value that is known only when it is deployed. */
export function variablesOfFunction(template: Template, lambda: Named): Variables {
  return Object.fromEntries(
    fieldsOf(property(lambda, "Environment", "Variables")).map(([name, value]) => [
      name,
      deployed(template, textOf(value) ?? ""),
    ]),
  );
}

/** A container's variables, those from secrets included. */
export function variablesOfContainer(template: Template, { definition }: Container): Variables {
  const plain = listOf(at(definition, "Environment")).map((entry) => [
    String(at(entry, "Name")),
    deployed(template, textOf(at(entry, "Value")) ?? ""),
  ]);
  const secret = listOf(at(definition, "Secrets")).map((entry) => [
    String(at(entry, "Name")),
    deployed(template, `{{resolve:secretsmanager:${textOf(at(entry, "ValueFrom"))}}}`),
  ]);
  return Object.fromEntries([...plain, ...secret]);
}

/** The container of this name; the names are the processes': gateway and worker. */
export function containerNamed(template: Template, name: string): Container | undefined {
  return containersOf(template).find((container) => container.name === name);
}

/** A text with something in place of all that is not known yet: a port where a port is meant. */
function deployed(template: Template, text: string): string {
  if (isLiteral(text)) return text;
  const secret = /^\{\{resolve:secretsmanager:\$\{(\w+)\}[^}]*\}\}$/.exec(text)?.[1];
  const properties = secret === undefined ? undefined : template.Resources[secret]?.Properties;
  const made = at(properties, "GenerateSecretString", "PasswordLength");
  if (made !== undefined) return "x".repeat(Number(made));
  const stored = textOf(at(properties, "SecretString"));
  return (stored ?? text)
    .replace(/\{\{resolve:(?:[^}]|\}(?!\}))*\}\}+/g, "reference")
    .replace(/\$\{[^}]*Port\}/g, "3306")
    .replace(/\$\{[^}]*\}/g, "reference");
}

/** The secrets whose values a task or function gets, by their logical ids. */
export function secretsOf({ definition }: Container): ReadonlySet<string> {
  return new Set(listOf(at(definition, "Secrets")).flatMap((entry) => [...referencesIn(at(entry, "ValueFrom"))]));
}
