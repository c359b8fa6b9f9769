import { expect, it } from "vitest";

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
interface Service {
  resources?: {
    Resources?: Record<string, { Properties: { Policies: [{ PolicyDocument: { Statement: Statement[] } }] } }>;
  };
  functions: Record<string, { name: string; role?: unknown }>;
}

// Plain JavaScript, as serverless loads it: what is used of it is told here.
const { default: FunctionRoles } = (await import(new URL("./function-roles.mjs", import.meta.url).href)) as {
  default: new (serverless: object) => { hooks: { initialize: () => void } };
};

/** The service with its roles, and what the role of each function allows. */
function rolesOf(provider: object) {
  const archive: Statement = { Effect: "Allow", Action: ["s3:PutObject"], Resource: "arn:bucket/*" };
  const service: Service & object = {
    ...{ provider, custom: { permissions: { ops: [archive] } } },
    functions: { createOrder: { name: "orders-prod-createOrder" }, ops: { name: "orders-prod-ops" } },
  };
  new FunctionRoles({ service }).hooks.initialize();
  const statements = (role: string) =>
    service.resources?.Resources?.[role]?.Properties.Policies[0].PolicyDocument.Statement ?? [];
  return { service, createOrder: statements("CreateOrderRole"), ops: statements("OpsRole") };
}

const logOf = (name: string) => ({
  Effect: "Allow",
  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
  Resource: {
    "Fn::Sub": `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*`,
  },
});

it("each function has a role of its own, which writes its log and what is listed for it", () => {
  const { service, createOrder, ops } = rolesOf({ vpc: { subnetIds: [] } });
  expect(service.functions.createOrder?.role).toEqual({ "Fn::Sub": `\${CreateOrderRole.Arn}` });
  expect(service.functions.ops?.role).toEqual({ "Fn::Sub": `\${OpsRole.Arn}` });
  expect(createOrder).toEqual([logOf("orders-prod-createOrder")]);
  expect(ops).toEqual([logOf("orders-prod-ops"), expect.objectContaining({ Action: ["s3:PutObject"] })]);
});

it("in a VPC, Lambda may make the function's network interfaces, and the function may not", () => {
  const [, allow, deny, ...others] = rolesOf({ vpc: { subnetIds: ["subnet"] } }).createOrder;
  expect(allow).toMatchObject({ Effect: "Allow", Resource: "*" });
  expect(deny).toMatchObject({ Effect: "Deny", Action: allow?.Action });
  expect(JSON.stringify(deny?.Condition)).toContain(":function:orders-prod-createOrder");
  expect(others).toEqual([]);
});

it("traces are sent only when they are on", () => {
  const actions = (tracing: object) => JSON.stringify(rolesOf({ tracing }).createOrder);
  expect(actions({ lambda: true })).toContain("xray:PutTraceSegments");
  expect(actions({ lambda: false })).not.toContain("xray");
});
