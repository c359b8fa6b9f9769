import { append, type Mutation, set } from "../mutation.ts";
import { type Named, property } from "../template.ts";

const task = "AWS::ECS::TaskDefinition";
const container = ["ContainerDefinitions", 0];
const isGateway = (resource: Named) => property(resource, "ContainerDefinitions", 0, "Name") === "gateway";
const deployment = "DeploymentConfiguration";

export const containersMutations: readonly Mutation[] = [
  { what: "root", change: set(task, [...container, "User"], "0:0"), finds: "set User to one that is not root" },
  { what: "no user", change: set(task, [...container, "User"], undefined), finds: "set User to one that is not root" },
  {
    what: "a file system that can be written to",
    change: set(task, [...container, "ReadonlyRootFilesystem"], false),
    finds: "set ReadonlyRootFilesystem",
  },
  { what: "privileges", change: set(task, [...container, "Privileged"], true), finds: "must not be privileged" },
  {
    what: "a tag that moves",
    change: set(task, [...container, "Image"], "registry/orders:latest"),
    finds: "its image registry/orders:latest has no fixed tag",
  },
  {
    what: "no health check",
    change: set(task, [...container, "HealthCheck"], undefined),
    finds: "health check",
  },
  {
    what: "a health check that fails while MySQL is away",
    change: append(task, [...container, "HealthCheck", "Command"], "readyz"),
    finds: "must ask for /livez, not /readyz",
  },
  {
    what: "a gateway that nobody asks",
    change: set(task, [...container, "HealthCheck", "Command"], ["CMD", "node", "infra/docker/health.mjs"], isGateway),
    finds: "needs a health check that asks for http://127.0.0.1:50052/livez",
  },
  {
    what: "no log",
    change: set(task, [...container, "LogConfiguration"], undefined),
    finds: "must log (awslogs) into a log group of this stack",
  },
  {
    what: "SIGKILL before the process is done",
    change: set(task, [...container, "StopTimeout"], 5),
    finds: "StopTimeout is 5 s",
  },
  { what: "no bound of memory", change: set(task, ["Memory"], undefined), finds: "set Cpu and Memory" },
  {
    what: "a release that stays although it does not come up",
    change: set("AWS::ECS::Service", [deployment, "DeploymentCircuitBreaker", "Rollback"], false),
    finds: "set a DeploymentCircuitBreaker",
  },
  {
    what: "a release that stops what runs first",
    change: set("AWS::ECS::Service", [deployment, "MinimumHealthyPercent"], 0),
    finds: "MinimumHealthyPercent below 100",
  },
  {
    what: "shells",
    change: set("AWS::ECS::Service", ["EnableExecuteCommand"], true),
    finds: "must not offer shells",
  },
];
