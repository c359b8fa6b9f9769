import { type Mutation, set } from "../mutation.ts";
import { type Named, property } from "../template.ts";

const lambda = "AWS::Lambda::Function";
const takesOrders = (resource: Named) => String(property(resource, "FunctionName")).endsWith("-createOrder");

export const connectionsMutations: readonly Mutation[] = [
  {
    what: "a function that runs as often as it likes",
    change: set(lambda, ["ReservedConcurrentExecutions"], undefined, takesOrders),
    finds: "opens connections to MySQL: set its reserved concurrency",
  },
  {
    what: "a function that runs more often than MySQL has connections",
    change: set(lambda, ["ReservedConcurrentExecutions"], 800, takesOrders),
    finds: "do not fit into max_connections",
  },
  {
    what: "a function with a pool of the size for many requests",
    change: set(lambda, ["Environment", "Variables", "MYSQL_CONNECTIONS"], "16", takesOrders),
    finds: "do not fit into max_connections",
  },
  {
    what: "more gateways than MySQL has connections for",
    change: set("AWS::ECS::Service", ["DesiredCount"], 60, ({ id }) => /gateway/i.test(id)),
    finds: "do not fit into max_connections",
  },
  {
    what: "MySQL with as many connections as its memory allows",
    change: set("AWS::RDS::DBParameterGroup", ["Parameters", "max_connections"], undefined),
    finds: "must state max_connections as a number",
  },
  {
    what: "MySQL with fewer connections",
    change: set("AWS::RDS::DBParameterGroup", ["Parameters", "max_connections"], "30"),
    finds: "do not fit into max_connections 30",
  },
];
