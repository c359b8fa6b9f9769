import { referenceIn, referencesIn, textOf } from "../intrinsics.ts";
import type { Reader } from "../readers.ts";
import { type Container, containersOf, declarationOf, type Stack, serviceOf } from "../stack.ts";
import { at, type Named, property, resourcesOf, type Template } from "../template.ts";
import { variablesOfContainer, variablesOfFunction } from "../variables.ts";

/** Connections kept free for people, for RDS itself, and for migrations, which have one of their own. */
const reserve = 10;

/** What AWS lets an account run at once unless asked for more, less the 100 that no function may reserve. */
const maxReserved = 900;

/** However many processes run, MySQL has a connection for each that they may open. */
export function connections(stack: Stack): string[] {
  const { template } = stack;
  const unbounded = lambdasWithMysql(template).filter((lambda) => reservedOf(lambda) === undefined);
  if (unbounded.length > 0) {
    return unbounded.map(({ id }) => `${id}: opens connections to MySQL: set its reserved concurrency`);
  }
  return [...fitting(stack), ...accountFits(template)];
}

function lambdasWithMysql(template: Template): readonly Named[] {
  return resourcesOf(template, "AWS::Lambda::Function").filter(
    (lambda) => property(lambda, "Environment", "Variables", "MYSQL_URL") !== undefined,
  );
}

function reservedOf(lambda: Named): number | undefined {
  const reserved = property(lambda, "ReservedConcurrentExecutions");
  return reserved === undefined ? undefined : Number(reserved);
}

function fitting(stack: Stack): string[] {
  return resourcesOf(stack.template, "AWS::RDS::DBInstance").flatMap((database) => {
    const most = maxConnections(stack.template, database);
    if (Number.isNaN(most)) return [`${database.id}: its parameter group must state max_connections as a number`];
    const [functions, gateways] = [ofFunctions(stack, most), ofGateways(stack)];
    const needed = functions + gateways + reserve;
    const terms = `functions ${functions} + gateways ${gateways} + reserve ${reserve}`;
    return needed < most
      ? []
      : [`${database.id}: ${needed} connections (${terms}) do not fit into max_connections ${most}`];
  });
}

function maxConnections(template: Template, database: Named): number {
  const group = template.Resources[referenceIn(property(database, "DBParameterGroupName")) ?? ""];
  return Number(textOf(at(group?.Properties, "Parameters", "max_connections")) ?? Number.NaN);
}

/**
 * For some minutes after a deployment the functions of before, idle, hold their connections beside the new ones'. A proxy
 * opens its share of all connections, however many functions go through it.
 */
function ofFunctions(stack: Stack, most: number): number {
  const direct = lambdasWithMysql(stack.template)
    .filter((lambda) => !isProxied(stack.template, lambda))
    .map((lambda) => 2 * (reservedOf(lambda) ?? 0) * ofOneFunction(stack, lambda))
    .reduce((sum, count) => sum + count, 0);
  const shares = resourcesOf(stack.template, "AWS::RDS::DBProxyTargetGroup").map((group) =>
    Number(property(group, "ConnectionPoolConfigurationInfo", "MaxConnectionsPercent") ?? 100),
  );
  return shares.reduce((sum, percent) => sum + Math.ceil((most * percent) / 100), direct);
}

/** Whether the function's MYSQL_URL is a secret with a proxy's address in it. */
function isProxied(template: Template, lambda: Named): boolean {
  const proxies = new Set(resourcesOf(template, "AWS::RDS::DBProxy").map(({ id }) => id));
  return [...referencesIn(property(lambda, "Environment", "Variables", "MYSQL_URL"))].some((secret) =>
    [...referencesIn(template.Resources[secret]?.Properties?.SecretString)].some((id) => proxies.has(id)),
  );
}

/** A function whose configuration has no such number opens one connection at a time. */
function ofOneFunction(stack: Stack, lambda: Named): number {
  const readers = stack.code.functions.get(declarationOf(stack, lambda)?.handler ?? "") ?? [];
  const variables = variablesOfFunction(stack.template, lambda);
  return Math.max(1, ...readers.map((read) => poolSize(read, variables)));
}

function poolSize(read: Reader, variables: Record<string, string>): number {
  const reading = read(variables);
  return "values" in reading ? Number(reading.values.MYSQL_CONNECTIONS ?? 1) : 1;
}

/** As many tasks as scaling allows, and while a release rolls out those of both releases. */
function ofGateways(stack: Stack): number {
  return containersOf(stack.template)
    .filter(({ name }) => name === "gateway")
    .map(
      (container) => mostTasks(stack.template, container) * poolSize(stack.code.gateway, variablesOf(stack, container)),
    )
    .reduce((sum, count) => sum + count, 0);
}

function variablesOf({ template }: Stack, container: Container): Record<string, string> {
  return { ...variablesOfContainer(template, container) };
}

function mostTasks(template: Template, { task }: Container): number {
  const service = serviceOf(template, task);
  const target = resourcesOf(template, "AWS::ApplicationAutoScaling::ScalableTarget").find((scalable) =>
    textOf(property(scalable, "ResourceId"))?.includes(`\${${service?.id}.Name}`),
  );
  const tasks = Number(property(target, "MaxCapacity") ?? property(service, "DesiredCount") ?? 1);
  const percent = Number(property(service, "DeploymentConfiguration", "MaximumPercent") ?? 200);
  return Math.ceil((tasks * percent) / 100);
}

function accountFits(template: Template): string[] {
  const lambdas = resourcesOf(template, "AWS::Lambda::Function");
  const total = lambdas.reduce((sum, lambda) => sum + (reservedOf(lambda) ?? 0), 0);
  return total <= maxReserved
    ? []
    : [`Account: ${total} reserved executions; an account has ${maxReserved} to reserve`];
}
