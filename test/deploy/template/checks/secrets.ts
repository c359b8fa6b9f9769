import { isLiteral, referencesIn, textOf, textsIn } from "../intrinsics.ts";
import { containersOf, type Stack } from "../stack.ts";
import {
  allResources,
  at,
  fieldsOf,
  isTrue,
  listOf,
  property,
  resourcesOf,
  type Template,
  type Value,
} from "../template.ts";

/** Properties whose values are secrets. `GenerateStringKey: password` names one and is none. */
const secretKey =
  /^(master(user)?password|password|authtoken|token|secretkey|apikey|passphrase|privatekey|secretstring)$/i;

/** Variables that hold a secret: a URL with a password in it, or a name that says so. */
const secretVariable = /^(MYSQL(_[A-Z]+)?_URL|REDIS_URL|STEP_EMAIL_SMTP_URL)$|PASSWORD|TOKEN|SECRET|PRIVATE_KEY/;

/** The password of a URL in a text. */
const urlPassword = /\w:\/\/[^\s:/@]*:([^\s@]+)@/g;

/** Every secret is a reference: nobody who reads the template, the stack's outputs or a task definition knows it. */
export function secrets({ template }: Stack): string[] {
  return [
    ...allResources(template).flatMap(({ id, Properties }) =>
      literalsIn(Properties ?? {}).map((what) => `${id}: ${what}`),
    ),
    ...functionVariables(template),
    ...containerVariables(template),
    ...parameters(template),
    ...outputs(template),
  ];
}

function literalsIn(properties: Value): string[] {
  return [...textsIn(properties)].flatMap(({ key, text }) => {
    if (secretKey.test(key) && isLiteral(text)) return [`${key} is written into the template; refer to a secret`];
    const isPlain = [...text.matchAll(urlPassword)].some(([, password]) => isLiteral(password ?? ""));
    return isPlain ? [`${key} has a URL with a password in it; refer to a secret`] : [];
  });
}

/** Lambda has no references of its own: CloudFormation resolves them, and Lambda encrypts the variables. */
function functionVariables(template: Template): string[] {
  return resourcesOf(template, "AWS::Lambda::Function").flatMap((lambda) =>
    fieldsOf(property(lambda, "Environment", "Variables"))
      .filter(([name, value]) => secretVariable.test(name) && !isSecret(template, textOf(value)))
      .map(([name]) => `${lambda.id}: ${name} does not come from Secrets Manager ({{resolve:secretsmanager:…}})`),
  );
}

/** The text is a secret's, or an address that has no password but a secret's. */
function isSecret(template: Template, text: string | undefined): boolean {
  const arn = /\{\{resolve:secretsmanager:\$\{(\w+)\}/.exec(text ?? "")?.[1];
  return arn !== undefined && template.Resources[arn]?.Type === "AWS::SecretsManager::Secret";
}

/** A container's plain variables can be read by everybody who may describe tasks. */
function containerVariables(template: Template): string[] {
  return containersOf(template).flatMap(({ id, definition }) => [
    ...listOf(at(definition, "Environment"))
      .filter(
        (entry) => secretVariable.test(String(at(entry, "Name"))) || textOf(at(entry, "Value"))?.includes("{{resolve:"),
      )
      .map((entry) => `${id}: ${String(at(entry, "Name"))} is a plain variable; move it to Secrets`),
    ...listOf(at(definition, "Secrets"))
      .filter((entry) => ![...referencesIn(at(entry, "ValueFrom"))].some((to) => isSecretResource(template, to)))
      .map((entry) => `${id}: the secret ${String(at(entry, "Name"))} does not refer to one of the stack's secrets`),
  ]);
}

function isSecretResource(template: Template, id: string): boolean {
  return template.Resources[id]?.Type === "AWS::SecretsManager::Secret";
}

function parameters({ Parameters = {} }: Template): string[] {
  return Object.entries(Parameters)
    .filter(([name]) => /password|token|secret|private|apikey/i.test(name))
    .flatMap(([name, parameter]) => [
      ...(isTrue(parameter.NoEcho) ? [] : [`${name}: a parameter with a secret needs NoEcho`]),
      ...(parameter.Default === undefined ? [] : [`${name}: a parameter with a secret has a default`]),
    ]);
}

function outputs({ Outputs = {}, Parameters = {} }: Template): string[] {
  return Object.entries(Outputs).flatMap(([name, { Value: value }]) => {
    const hidden = [...referencesIn(value)].some((to) => isTrue(Parameters[to]?.NoEcho));
    const isLeak = hidden || textOf(value)?.includes("{{resolve:") || literalsIn({ [name]: value ?? "" }).length > 0;
    return isLeak ? [`${name}: the output shows a secret`] : [];
  });
}
