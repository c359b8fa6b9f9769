import { referenceIn, textOf } from "../intrinsics.ts";
import type { Reader } from "../readers.ts";
import { containersOf, declarationOf, type Stack, serviceOf } from "../stack.ts";
import { at, listOf, property, resourcesOf, type Template } from "../template.ts";
import { containerNamed, type Variables, variablesOfContainer, variablesOfFunction } from "../variables.ts";

/** Variables that something other than our code reads. */
const readByOthers: ReadonlyMap<string, string> = new Map([
  ["NODE_OPTIONS", "Node.js"],
  ["GOMEMLIMIT", "Go"],
  ["AWS_ENDPOINT_URL", "the AWS SDK"],
]);

/** Every process finds what it reads, in a form that it accepts, and gets nothing that it does not read. */
export function environment(stack: Stack): string[] {
  const { template } = stack;
  return [
    ...functionVariables(stack),
    ...containerVariables(stack),
    ...gatewayAddress(template),
    ...gatewayToken(template),
  ];
}

function functionVariables(stack: Stack): string[] {
  return resourcesOf(stack.template, "AWS::Lambda::Function").flatMap((lambda) => {
    const declared = declarationOf(stack, lambda);
    // Functions that the framework brings along are no process of ours.
    if (declared === undefined) return [];
    const variables = variablesOfFunction(stack.template, lambda);
    const readers = stack.code.functions.get(declared.handler);
    if (readers === undefined) return [`${lambda.id}: there is no code for ${declared.handler}`];
    const isOfStage = variables.STAGE === stack.stage || readers.length === 0;
    return [
      ...readBy(readers, variables).map((what) => `${lambda.id}: ${what}`),
      ...(isOfStage ? [] : [`${lambda.id}: STAGE is not ${stack.stage}`]),
    ];
  });
}

function containerVariables({ template, code }: Stack): string[] {
  const readers: Readonly<Record<string, Reader>> = { gateway: code.gateway, worker: code.worker };
  return containersOf(template).flatMap((container) => {
    const reader = readers[container.name];
    if (reader === undefined) return [`${container.id}: is neither the gateway nor the worker: no reader is known`];
    const variables = variablesOfContainer(template, container);
    return [
      ...readBy([reader], variables).map((what) => `${container.id}: ${what}`),
      ...(variables.LISTEN_HOST === "0.0.0.0" ? [] : [`${container.id}: set LISTEN_HOST to 0.0.0.0: others reach it`]),
    ];
  });
}

/** What the readers complain of, and which variables none of them knows. */
function readBy(readers: readonly Reader[], variables: Variables): string[] {
  const readings = readers.map((read) => read(variables));
  const problems = readings.flatMap((reading) => ("problem" in reading ? linesOf(reading.problem) : []));
  if (problems.length > 0) return [...new Set(problems)];
  const known = new Set(readings.flatMap((reading) => ("values" in reading ? Object.keys(reading.values) : [])));
  return Object.entries(variables)
    .filter(([name, value]) => value !== "" && !known.has(name) && !readByOthers.has(name))
    .map(([name]) => `${name} is set, and its code does not read it`);
}

/** A complaint has lines that say of what it is, and below each an indented one for each variable. */
function linesOf(problem: string): string[] {
  return problem.split("\n").flatMap((line) => (line.startsWith("  ") ? [line.trim()] : []));
}

/** The worker dials the name that Service Connect gives the gateway. */
function gatewayAddress(template: Template): string[] {
  const [worker, gateway] = [containerNamed(template, "worker"), containerNamed(template, "gateway")];
  if (worker === undefined || gateway === undefined) return [];
  const service = serviceOf(template, gateway.task);
  const aliases = listOf(property(service, "ServiceConnectConfiguration", "Services")).flatMap((entry) =>
    listOf(at(entry, "ClientAliases")).map((alias) => `${textOf(at(alias, "DnsName"))}:${textOf(at(alias, "Port"))}`),
  );
  const address = variablesOfContainer(template, worker).GATEWAY_ADDR ?? "";
  return aliases.includes(address)
    ? []
    : [`${worker.id}: GATEWAY_ADDR is ${address}, and Service Connect has ${aliases.join(", ") || "no such name"}`];
}

/** The worker shows the token that the gateway asks for. That each has one, their own configuration demands. */
function gatewayToken(template: Template): string[] {
  const [worker, gateway] = [containerNamed(template, "worker"), containerNamed(template, "gateway")];
  const secretOf = (container: typeof worker) =>
    referenceIn(
      listOf(at(container?.definition, "Secrets"))
        .filter((entry) => at(entry, "Name") === "GRPC_TOKEN")
        .map((entry) => at(entry, "ValueFrom") ?? null),
    );
  const [shown, asked] = [secretOf(worker), secretOf(gateway)];
  if (shown === undefined || asked === undefined || shown === asked) return [];
  return [`${worker?.id}: GRPC_TOKEN is ${shown}, and the gateway asks for ${asked}`];
}
