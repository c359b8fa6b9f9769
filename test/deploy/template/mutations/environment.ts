import { append, type Mutation, set } from "../mutation.ts";
import { at, listOf, type Named, property, resourcesOf } from "../template.ts";

const lambda = "AWS::Lambda::Function";
const task = "AWS::ECS::TaskDefinition";
const variables = ["Environment", "Variables"];
const list = ["ContainerDefinitions", 0, "Environment"];
const secretList = ["ContainerDefinitions", 0, "Secrets"];

function isOf(name: string) {
  return (resource: Named) => property(resource, "ContainerDefinitions", 0, "Name") === name;
}

/** Sets one of a container's variables, by its name. */
function variable(container: string, name: string, Value: string): Mutation["change"] {
  return (stack) => {
    const found = resourcesOf(stack.template, task).find(isOf(container));
    const entries = listOf(property(found, ...list)).filter((entry) => at(entry, "Name") !== name);
    return set(task, list, [...entries, { Name: name, Value }], isOf(container))(stack);
  };
}

/** Gives a container another secret for its GRPC_TOKEN, or none. */
function token(container: string, ...secret: readonly string[]): Mutation["change"] {
  return (stack) => {
    const found = resourcesOf(stack.template, task).find(isOf(container));
    const others = listOf(property(found, ...secretList)).filter((entry) => at(entry, "Name") !== "GRPC_TOKEN");
    const tokens = secret.map((Ref) => ({ Name: "GRPC_TOKEN", ValueFrom: { Ref } }));
    return set(task, secretList, [...others, ...tokens], isOf(container))(stack);
  };
}

const takesOrders = (resource: Named) => String(property(resource, "FunctionName")).endsWith("-createOrder");

export const environmentMutations: readonly Mutation[] = [
  {
    what: "a function without Redis",
    change: set(lambda, [...variables, "REDIS_URL"], undefined, takesOrders),
    finds: "REDIS_URL is missing",
  },
  {
    what: "a function with a number that is none",
    change: set(lambda, [...variables, "ENQUEUE_TIMEOUT_MS"], "35ms", takesOrders),
    finds: "ENQUEUE_TIMEOUT_MS is malformed",
  },
  {
    what: "a function with a name that no code reads",
    change: set(lambda, [...variables, "ENQUEUE_TIMEOUT"], "35", takesOrders),
    finds: "ENQUEUE_TIMEOUT is set, and its code does not read it",
  },
  {
    what: "a function that everybody may call",
    change: set(lambda, [...variables, "API_KEYS"], "", takesOrders),
    finds: "API_KEYS is missing: every stage but dev and local needs one",
  },
  {
    what: "a function that believes to be in another stage",
    change: set(lambda, [...variables, "STAGE"], "staging", takesOrders),
    finds: "STAGE is not prod",
  },
  {
    what: "a gateway with a lease that is too short",
    change: variable("gateway", "LEASE_MS", "10"),
    finds: "gateway: LEASE_MS is malformed",
  },
  {
    what: "a gateway that traces more orders than there are",
    change: variable("gateway", "OTEL_TRACES_SAMPLER_ARG", "2"),
    finds: "gateway: OTEL_TRACES_SAMPLER_ARG is malformed",
  },
  {
    what: "a gateway that only its own container reaches",
    change: variable("gateway", "LISTEN_HOST", "127.0.0.1"),
    finds: "gateway: set LISTEN_HOST to 0.0.0.0",
  },
  {
    what: "a gateway that serves whoever reaches it",
    change: token("gateway"),
    finds: "gateway: GRPC_TOKEN is missing: LISTEN_HOST lets others than this machine in",
  },
  {
    what: "a gateway that shows its callers no certificate in a network that nobody calls private",
    change: variable("gateway", "GRPC_PRIVATE_NETWORK", "false"),
    finds: "gateway: GRPC_TLS_CERT is missing: LISTEN_HOST lets others than this machine in",
  },
  {
    what: "a worker without a token",
    change: token("worker"),
    finds: "worker: GRPC_TOKEN is missing: expected",
  },
  {
    what: "a worker that sends its token in plaintext through a network that nobody calls private",
    change: variable("worker", "GRPC_PRIVATE_NETWORK", "false"),
    finds: "worker: GRPC_TLS_CA is missing: expected",
  },
  {
    what: "a worker with another token than the gateway's",
    change: token("worker", "CacheToken"),
    finds: "worker: GRPC_TOKEN is CacheToken, and the gateway asks for GatewayToken",
  },
  {
    what: "a worker with a name that no code reads",
    change: variable("worker", "CONCURRENCY", "10"),
    finds: "worker: CONCURRENCY is set, and its code does not read it",
  },
  {
    what: "a worker with a number that is none",
    change: variable("worker", "WORKER_CONCURRENCY", "many"),
    finds: "worker: WORKER_CONCURRENCY is malformed",
  },
  {
    what: "a worker with a step that nobody has written",
    change: variable("worker", "WORKER_STEPS", "simulation,shipping"),
    finds: "worker: WORKER_STEPS is malformed",
  },
  {
    what: "a worker that is to bill, and is not told where",
    change: variable("worker", "WORKER_STEPS", "billing"),
    finds: "worker: STEP_BILLING_URL is missing",
  },
  {
    what: "a worker with a name that no step reads",
    change: variable("worker", "STEP_BILLING_ADDRESS", "https://pay.example"),
    finds: "worker: STEP_BILLING_ADDRESS is set, and its code does not read it",
  },
  {
    what: "a worker that dials a name that nobody has",
    change: variable("worker", "GATEWAY_ADDR", "gateways:50051"),
    finds: "worker: GATEWAY_ADDR is gateways:50051, and Service Connect has",
  },
  {
    what: "a container beside ours",
    change: append(task, ["ContainerDefinitions"], { Name: "sidecar", Environment: [] }),
    finds: "is neither the gateway nor the worker",
  },
];
