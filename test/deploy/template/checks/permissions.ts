import { referenceIn, referencesIn, textOf } from "../intrinsics.ts";
import { containersOf, type Stack } from "../stack.ts";
import { at, everyValue, listOf, type Named, property, resourcesOf, type Template, type Value } from "../template.ts";
import { secretsOf } from "../variables.ts";

/**
 * Actions that AWS lets nobody restrict to a resource. Service Authorization Reference: those of EC2's network
 * interfaces that Lambda needs, of X-Ray, and the login to ECR.
 */
const unrestrictable = new Set([
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:GetSamplingStatisticSummaries",
  "ecr:GetAuthorizationToken",
]);

/** Every process may do what it does, and no more. */
export function permissions({ template }: Stack): string[] {
  return [
    ...resourcesOf(template, "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy").flatMap(broadIn),
    ...resourcesOf(template, "AWS::IAM::Role").flatMap(assumedBy),
    ...rolesShared(template),
    ...secretsReadable(template),
  ];
}

/** A role's statements that allow something. Who may assume it stands elsewhere. */
function allowed(role: Named): readonly Value[] {
  const { AssumeRolePolicyDocument: _, ...others } = role.Properties ?? {};
  return [...everyValue(others)].flatMap(({ value }) => (at(value, "Effect") === "Allow" ? [value] : []));
}

function broadIn(role: Named): string[] {
  const managed = listOf(property(role, "ManagedPolicyArns")).map(
    (arn) => `${role.id}: ${textOf(arn)} is AWS's policy, broader than what is needed; state the actions`,
  );
  return [...managed, ...allowed(role).flatMap((statement) => broad(statement).map((what) => `${role.id}: ${what}`))];
}

function broad(statement: Value): string[] {
  const actions = listOf(at(statement, "Action")).map(String);
  if (at(statement, "NotAction") !== undefined || at(statement, "NotResource") !== undefined) {
    return ["allows all but something (NotAction, NotResource)"];
  }
  const wild = actions.filter((action) => /^\*$|:\*$/.test(action)).map((action) => `allows every action (${action})`);
  const resources = listOf(at(statement, "Resource")).map((resource) => textOf(resource) ?? "");
  if (!resources.some(isEverything) || wild.length > 0) return wild;
  return actions.filter((action) => !unrestrictable.has(action)).map((action) => `allows ${action} on every resource`);
}

/** `*`, and ARNs of a service that name nothing in it. */
function isEverything(arn: string): boolean {
  return arn === "" || /^\*$|^arn:[^:]+:[^:]+:[^:]*:[^:]*:\*(:\*)*$/.test(arn.replace(/\$\{AWS::(\w+)\}/g, "$1"));
}

function assumedBy(role: Named): string[] {
  const statements = listOf(property(role, "AssumeRolePolicyDocument", "Statement"));
  const isService = statements.every((statement) => Object.keys(at(statement, "Principal") ?? {}).join() === "Service");
  return isService ? [] : [`${role.id}: can be assumed by others than a service of AWS`];
}

/** Every function and every task has roles of its own. */
function rolesShared(template: Template): string[] {
  const uses = [
    ...resourcesOf(template, "AWS::Lambda::Function").map((lambda) => [lambda.id, property(lambda, "Role")] as const),
    ...resourcesOf(template, "AWS::ECS::TaskDefinition").flatMap(
      (task) =>
        [
          [task.id, property(task, "TaskRoleArn")],
          [task.id, property(task, "ExecutionRoleArn")],
        ] as const,
    ),
  ];
  const byRole = Map.groupBy(uses, ([, role]) => referenceIn(role) ?? "");
  return [...byRole].flatMap(([role, users]) => {
    const names = users.map(([user]) => user);
    if (role === "") return names.map((user) => `${user}: has no role of this stack`);
    return names.length === 1 ? [] : [`${role}: is shared by ${names.join(", ")}; give each a role of its own`];
  });
}

/** What starts a task may read the secrets of this task: the worker's never MySQL's. */
function secretsReadable(template: Template): string[] {
  return resourcesOf(template, "AWS::ECS::TaskDefinition").flatMap((task) => {
    const id = referenceIn(property(task, "ExecutionRoleArn")) ?? "";
    const role = template.Resources[id];
    if (role === undefined) return [];
    const reads = allowed({ id, ...role }).filter((statement) => listOf(at(statement, "Action")).some(isReadOfSecret));
    const readable = new Set(reads.flatMap((statement) => [...referencesIn(at(statement, "Resource"))]));
    const containers = containersOf(template).filter((container) => container.task.id === task.id);
    const needed = new Set(containers.flatMap((container) => [...secretsOf(container)]));
    return [
      ...[...needed].filter((secret) => !readable.has(secret)).map((secret) => `${id}: cannot read ${secret}`),
      ...[...readable]
        .filter((secret) => !secret.includes("::") && !needed.has(secret))
        .map((secret) => `${id}: can read ${secret}, which no container of ${task.id} gets`),
    ];
  });
}

function isReadOfSecret(action: Value): boolean {
  return action === "secretsmanager:GetSecretValue";
}
