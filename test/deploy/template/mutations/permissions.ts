import { referenceIn } from "../intrinsics.ts";
import { append, type Mutation, set } from "../mutation.ts";
import type { Stack } from "../stack.ts";
import { property, resourcesOf, type Value } from "../template.ts";

const role = "AWS::IAM::Role";

/** Gives the first role one statement more. */
function allow(statement: Record<string, Value>) {
  const policy = {
    PolicyName: "more",
    PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] },
  };
  return append(role, ["Policies"], policy);
}

/** Gives the worker what the gateway has. */
function sameForWorker(name: string) {
  return (stack: Stack): Stack => {
    const [first, second] = resourcesOf(stack.template, "AWS::ECS::TaskDefinition");
    const value = property(first, name) ?? "";
    return set("AWS::ECS::TaskDefinition", [name], value, ({ id }) => id === second?.id)(stack);
  };
}

/** Lets the worker's start read what only the gateway gets. */
function workerReadsMysql(stack: Stack): Stack {
  const tasks = resourcesOf(stack.template, "AWS::ECS::TaskDefinition");
  const secretsOf = (index: number) =>
    JSON.stringify(property(tasks[index], "ContainerDefinitions", 0, "Secrets") ?? []);
  const gateway = secretsOf(0).includes("MYSQL_URL") ? 0 : 1;
  const secret = /"Name":"MYSQL_URL","ValueFrom":\{"Ref":"(\w+)"/.exec(secretsOf(gateway))?.[1];
  if (secret === undefined) throw new Error("the gateway's MYSQL_URL is not the Ref of a secret");
  const execution = referenceIn(property(tasks[1 - gateway], "ExecutionRoleArn"));
  const statement = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: { Ref: secret } };
  const policy = { PolicyName: "more", PolicyDocument: { Statement: [statement] } };
  return append(role, ["Policies"], policy, ({ id }) => id === execution)(stack);
}

export const permissionsMutations: readonly Mutation[] = [
  {
    what: "everything on one thing",
    change: allow({ Action: "*", Resource: "arn:aws:s3:::b" }),
    finds: "allows every action (*)",
  },
  {
    what: "all of a service",
    change: allow({ Action: ["s3:*"], Resource: "arn:aws:s3:::b" }),
    finds: "allows every action (s3:*)",
  },
  {
    what: "one thing on everything",
    change: allow({ Action: "s3:GetObject", Resource: "*" }),
    finds: "allows s3:GetObject on every resource",
  },
  {
    what: "one thing on everything of a service",
    change: allow({ Action: "s3:GetObject", Resource: "arn:aws:s3:::*" }),
    finds: "allows s3:GetObject on every resource",
  },
  {
    what: "a thing more on what AWS lets nobody restrict",
    change: allow({ Action: ["ec2:CreateNetworkInterface", "ec2:RunInstances"], Resource: ["*"] }),
    finds: "allows ec2:RunInstances on every resource",
  },
  {
    what: "all but one thing",
    change: allow({ NotAction: "iam:*", Resource: "arn:aws:s3:::b" }),
    finds: "allows all but something",
  },
  {
    what: "a policy of AWS",
    change: set(role, ["ManagedPolicyArns"], ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    finds: "AdministratorAccess is AWS's policy",
  },
  {
    what: "a role that another account may assume",
    change: set(role, ["AssumeRolePolicyDocument", "Statement", 0, "Principal"], { AWS: "*" }),
    finds: "can be assumed by others than a service of AWS",
  },
  {
    what: "a function with another one's role",
    change: (stack) => {
      const [first, second] = resourcesOf(stack.template, "AWS::Lambda::Function");
      return set(
        "AWS::Lambda::Function",
        ["Role"],
        property(first, "Role") ?? "",
        ({ id }) => id === second?.id,
      )(stack);
    },
    finds: "give each a role of its own",
  },
  {
    what: "a task with another one's role",
    change: sameForWorker("TaskRoleArn"),
    finds: "give each a role of its own",
  },
  { what: "a worker that may read MySQL's password", change: workerReadsMysql, finds: "which no container of" },
];
