import { add, type Mutation, set } from "../mutation.ts";
import { at, listOf, type Named, property, resourcesOf } from "../template.ts";

const lambda = "AWS::Lambda::Function";
const task = "AWS::ECS::TaskDefinition";
const list = ["ContainerDefinitions", 0, "Secrets"];
const secret = (id: string) => ({ "Fn::Sub": `{{resolve:secretsmanager:\${${id}}:SecretString}}` });

/** Gives a function a secret, or nothing, as a variable. */
function variable(name: string, variable: string, id: string | undefined): Mutation["change"] {
  const isIt = (resource: Named) => String(property(resource, "FunctionName")).endsWith(`-${name}`);
  return set(lambda, ["Environment", "Variables", variable], id && secret(id), isIt);
}

/** Gives a container a secret as a variable. */
function containerSecret(container: string, Name: string, Ref: string): Mutation["change"] {
  const isIt = (resource: Named) => property(resource, "ContainerDefinitions", 0, "Name") === container;
  return (stack) => {
    const found = resourcesOf(stack.template, task).find(isIt);
    const others = listOf(property(found, ...list)).filter((entry) => at(entry, "Name") !== Name);
    return set(task, list, [...others, { Name, ValueFrom: { Ref } }], isIt)(stack);
  };
}

const owner = "gets MySQL's owner, who can drop every table";

export const usersMutations: readonly Mutation[] = [
  {
    what: "a function behind the API that is MySQL's owner",
    change: variable("createOrder", "MYSQL_URL", "MysqlUrl"),
    finds: `CreateOrderLambdaFunction: ${owner}`,
  },
  {
    what: "a function behind the API that could be it",
    change: variable("health", "MYSQL_OWNER_URL", "MysqlUrl"),
    finds: `HealthLambdaFunction: ${owner}`,
  },
  {
    what: "a function of the schedule that is it",
    change: variable("reportMetrics", "MYSQL_URL", "MysqlUrl"),
    finds: `ReportMetricsLambdaFunction: ${owner}`,
  },
  {
    what: "a gateway that is it",
    change: containerSecret("gateway", "MYSQL_URL", "MysqlUrl"),
    finds: `GatewayTask.gateway: ${owner}`,
  },
  {
    what: "a worker with its password",
    change: containerSecret("worker", "GRPC_TOKEN", "MysqlCredentials"),
    finds: `WorkerTask.worker: ${owner}`,
  },
  {
    what: "a proxy that lets it in",
    change: add({ Type: "AWS::RDS::DBProxy", Properties: { Auth: [{ SecretArn: { Ref: "MysqlCredentials" } }] } }),
    finds: "Added: lets MySQL's owner in",
  },
  {
    what: "a migration by somebody else",
    change: variable("ops", "MYSQL_OWNER_URL", undefined),
    finds: "OpsLambdaFunction: MYSQL_OWNER_URL is not MySQL's owner",
  },
  {
    what: "a gateway whose user nobody makes",
    change: variable("ops", "MYSQL_GATEWAY_URL", undefined),
    finds: "GatewayTask.gateway: nobody makes its user (MysqlGateway)",
  },
  {
    what: "a gateway with the functions' user",
    change: containerSecret("gateway", "MYSQL_URL", "MysqlHandlersUrl"),
    finds: "GatewayTask.gateway: has the functions' user",
  },
];
