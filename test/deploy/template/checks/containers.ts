import { referenceIn, textOf } from "../intrinsics.ts";
import { type Container, containersOf, type Stack, serviceOf } from "../stack.ts";
import { at, isTrue, listOf, type Named, property, resourcesOf, type Template } from "../template.ts";
import { variablesOfContainer } from "../variables.ts";

/** What a process has between the end of its own grace and SIGKILL, in seconds. */
const marginSeconds = 2;

/** A process in a container can do little harm, is watched, and a release that does not come up is taken back. */
export function containers(stack: Stack): string[] {
  const { template } = stack;
  return [
    ...containersOf(template).flatMap((container) => [
      ...confinement(container).map((what) => `${container.id}: ${what}`),
      ...watch(stack, container).map((what) => `${container.id}: ${what}`),
      ...logging(template, container).map((what) => `${container.id}: ${what}`),
      ...stopping(stack, container).map((what) => `${container.id}: ${what}`),
    ]),
    ...resourcesOf(template, "AWS::ECS::TaskDefinition").flatMap((task) => ofTask(template, task)),
    ...resourcesOf(template, "AWS::ECS::Service").flatMap(ofService),
    ...resourcesOf(template, "AWS::ECR::Repository").flatMap(ofRepository),
  ];
}

function confinement({ definition }: Container): string[] {
  const user = textOf(at(definition, "User")) ?? "";
  const image = textOf(at(definition, "Image")) ?? "";
  return [
    ...(/^(root|0+)?(:|$)/.test(user) ? ["set User to one that is not root"] : []),
    ...(isTrue(at(definition, "ReadonlyRootFilesystem")) ? [] : ["set ReadonlyRootFilesystem"]),
    ...(isTrue(at(definition, "Privileged")) ? ["must not be privileged"] : []),
    ...(listOf(at(definition, "LinuxParameters", "Capabilities", "Add")).length > 0
      ? ["must not add capabilities"]
      : []),
    // A tag that moves starts another program when a task is replaced.
    ...(/:latest$|^[^:@]*$/.test(image) ? [`its image ${image} has no fixed tag`] : []),
  ];
}

/** How ECS asks: the worker asks itself, and the gateway's image has a program that asks a URL. */
function watch({ code, template }: Stack, container: Container): string[] {
  const probe = listOf(at(container.definition, "HealthCheck", "Command"))
    .map(textOf)
    .join(" ");
  // A task that waits for MySQL is not ready, and must not be killed for it.
  if (/readyz/.test(probe)) return ["its health check must ask for /livez, not /readyz"];
  if (container.name === "worker") {
    return /^CMD \/worker health( livez)?$/.test(probe) ? [] : ["needs the health check CMD /worker health livez"];
  }
  const reading = code.gateway(variablesOfContainer(template, container));
  if ("problem" in reading) return [];
  const url = `http://127.0.0.1:${reading.values.PORT_GATEWAY_METRICS}/livez`;
  return probe === `CMD node infra/docker/health.mjs ${url}` ? [] : [`needs a health check that asks for ${url}`];
}

function logging(template: Template, { definition }: Container): string[] {
  const group = referenceIn(at(definition, "LogConfiguration", "Options", "awslogs-group")) ?? "";
  const isKept =
    at(definition, "LogConfiguration", "LogDriver") === "awslogs" &&
    template.Resources[group]?.Type === "AWS::Logs::LogGroup";
  return isKept ? [] : ["must log (awslogs) into a log group of this stack"];
}

/** ECS kills after StopTimeout: the process must be done by itself before. */
function stopping({ template, code }: Stack, container: Container): string[] {
  const reader = container.name === "gateway" ? code.gateway : code.worker;
  const reading = reader(variablesOfContainer(template, container));
  if ("problem" in reading) return [];
  // The worker's reader answers only what is given; both have the same default.
  const drainMs = Number(reading.values.DRAIN_TIMEOUT_MS ?? 8_000);
  const stop = Number(at(container.definition, "StopTimeout") ?? 30);
  const needed = drainMs / 1_000 + marginSeconds;
  return stop >= needed ? [] : [`StopTimeout is ${stop} s; DRAIN_TIMEOUT_MS of ${drainMs} needs ${needed} s`];
}

function ofTask(template: Template, task: Named): string[] {
  const isBounded = Number(property(task, "Memory")) > 0 && Number(property(task, "Cpu")) > 0;
  return [
    ...(isBounded ? [] : [`${task.id}: set Cpu and Memory`]),
    ...(property(task, "NetworkMode") === "awsvpc" ? [] : [`${task.id}: NetworkMode must be awsvpc`]),
    ...(serviceOf(template, task) ? [] : [`${task.id}: no service runs it`]),
  ];
}

function ofService(service: Named): string[] {
  const breaker = property(service, "DeploymentConfiguration", "DeploymentCircuitBreaker");
  const isSafe = isTrue(at(breaker, "Enable")) && isTrue(at(breaker, "Rollback"));
  const least = Number(property(service, "DeploymentConfiguration", "MinimumHealthyPercent") ?? 100);
  return [
    ...(isSafe ? [] : [`${service.id}: set a DeploymentCircuitBreaker with Enable and Rollback`]),
    ...(least >= 100 ? [] : [`${service.id}: MinimumHealthyPercent below 100 stops tasks before new ones run`]),
    ...(isTrue(property(service, "EnableExecuteCommand"))
      ? [`${service.id}: must not offer shells (EnableExecuteCommand)`]
      : []),
  ];
}

function ofRepository(repository: Named): string[] {
  return [
    ...(property(repository, "ImageTagMutability") === "IMMUTABLE" ? [] : [`${repository.id}: set IMMUTABLE tags`]),
    ...(isTrue(property(repository, "ImageScanningConfiguration", "ScanOnPush"))
      ? []
      : [`${repository.id}: set ScanOnPush`]),
  ];
}
