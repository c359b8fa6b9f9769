import { add, append, type Mutation, set } from "../mutation.ts";
import type { Stack } from "../stack.ts";

const lambda = "AWS::Lambda::Function";
const container = ["ContainerDefinitions", 0];

function withOutput(value: string) {
  return (stack: Stack): Stack => ({ ...stack, template: { ...stack.template, Outputs: { Leak: { Value: value } } } });
}

function withParameter(parameter: Record<string, string | boolean>) {
  return (stack: Stack): Stack => ({
    ...stack,
    template: { ...stack.template, Parameters: { CachePassword: { Type: "String", ...parameter } } },
  });
}

export const secretsMutations: readonly Mutation[] = [
  {
    what: "a password in the template",
    change: set("AWS::RDS::DBInstance", ["MasterUserPassword"], "hunter2"),
    finds: "MasterUserPassword is written into the template",
  },
  {
    what: "a token in the template",
    change: set("AWS::ElastiCache::ReplicationGroup", ["AuthToken"], "hunter2hunter2hunter2"),
    finds: "AuthToken is written into the template",
  },
  {
    what: "a password in an address",
    change: add({
      Type: "AWS::SSM::Parameter",
      Properties: { Value: { "Fn::Join": ["", ["mysql://orders:hunter2@", { Ref: "Host" }, "/orders?ssl=x"]] } },
    }),
    finds: "Added: Value has a URL with a password in it",
  },
  {
    what: "a token in an address without a user",
    change: add({ Type: "AWS::SSM::Parameter", Properties: { Value: "rediss://:hunter2@cache:6379" } }),
    finds: "Added: Value has a URL with a password in it",
  },
  {
    what: "a function's MySQL that is not a secret",
    change: set(lambda, ["Environment", "Variables", "MYSQL_URL"], "mysql://orders@db/orders?ssl=x"),
    finds: "MYSQL_URL does not come from Secrets Manager",
  },
  {
    what: "a function's owner of MySQL who is not a secret",
    change: set(lambda, ["Environment", "Variables", "MYSQL_OWNER_URL"], "mysql://orders@db/orders?ssl=x"),
    finds: "MYSQL_OWNER_URL does not come from Secrets Manager",
  },
  {
    what: "a secret in a container's plain variables",
    change: append("AWS::ECS::TaskDefinition", [...container, "Environment"], {
      Name: "LOG_LEVEL",
      Value: "{{resolve:secretsmanager:orders}}",
    }),
    finds: "LOG_LEVEL is a plain variable; move it to Secrets",
  },
  {
    what: "a mail server's password in a container's plain variables",
    change: append("AWS::ECS::TaskDefinition", [...container, "Environment"], {
      Name: "STEP_EMAIL_SMTP_URL",
      Value: "reference",
    }),
    finds: "STEP_EMAIL_SMTP_URL is a plain variable; move it to Secrets",
  },
  {
    what: "a container's secret that is somebody else's",
    change: set(
      "AWS::ECS::TaskDefinition",
      [...container, "Secrets", 0, "ValueFrom"],
      "arn:aws:ssm:us-east-1:1:parameter/x",
    ),
    finds: "does not refer to one of the stack's secrets",
  },
  {
    what: "a parameter that shows its secret",
    change: withParameter({}),
    finds: "CachePassword: a parameter with a secret needs NoEcho",
  },
  {
    what: "a parameter with a secret by default",
    change: withParameter({ NoEcho: true, Default: "hunter2" }),
    finds: "CachePassword: a parameter with a secret has a default",
  },
  {
    what: "a secret among the outputs",
    change: withOutput("{{resolve:secretsmanager:orders:SecretString:password}}"),
    finds: "Leak: the output shows a secret",
  },
  {
    what: "a password among the outputs",
    change: withOutput("mysql://orders:hunter2@db/orders"),
    finds: "Leak: the output shows a secret",
  },
];
