import { referencesIn, textOf } from "../intrinsics.ts";
import { publicSubnets } from "../network.ts";
import type { Stack } from "../stack.ts";
import {
  allResources,
  at,
  everyValue,
  isFalse,
  isTrue,
  listOf,
  type Named,
  property,
  resourcesOf,
  type Template,
  type Value,
} from "../template.ts";

/** Nothing can be reached from the internet but the API's routes. */
export function exposure({ template }: Stack): string[] {
  return [
    ...databases(template),
    ...firewalls(template),
    ...subnets(template),
    ...services(template),
    ...functions(template),
    ...buckets(template),
    ...policies(template),
    ...frontDoors(template),
  ];
}

/** RDS makes an instance public by itself when its network has an internet gateway. */
function databases(template: Template): string[] {
  return resourcesOf(template, "AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
    .filter((database) => !isFalse(property(database, "PubliclyAccessible")))
    .map(({ id }) => `${id}: set PubliclyAccessible to false`);
}

/** Sources of our own: another group, or addresses of the network itself. */
function isOurs(rule: Value): boolean {
  const address = textOf(at(rule, "CidrIp")) ?? textOf(at(rule, "CidrIpv6"));
  if (address !== undefined) return /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|\$\{\w+\.CidrBlock\})/.test(address);
  return at(rule, "SourceSecurityGroupId") !== undefined;
}

function firewalls(template: Template): string[] {
  const inline = resourcesOf(template, "AWS::EC2::SecurityGroup").flatMap((group) =>
    listOf(property(group, "SecurityGroupIngress")).map((rule) => ({ id: group.id, rule })),
  );
  const standalone = resourcesOf(template, "AWS::EC2::SecurityGroupIngress").map((resource) => ({
    id: resource.id,
    rule: resource.Properties as Value,
  }));
  return [...inline, ...standalone]
    .filter(({ rule }) => !isOurs(rule))
    .map(({ id }) => `${id}: lets in addresses that are not the network's own`);
}

/** Where each of these is put. A NAT gateway is the only resource whose place is in the open. */
const places: Readonly<Record<string, readonly string[]>> = {
  "AWS::ECS::Service": ["NetworkConfiguration", "AwsvpcConfiguration", "Subnets"],
  "AWS::Lambda::Function": ["VpcConfig", "SubnetIds"],
  "AWS::RDS::DBSubnetGroup": ["SubnetIds"],
  "AWS::RDS::DBProxy": ["VpcSubnetIds"],
  "AWS::ElastiCache::SubnetGroup": ["SubnetIds"],
};

function subnets(template: Template): string[] {
  const open = publicSubnets(template);
  return Object.entries(places).flatMap(([type, path]) =>
    resourcesOf(template, type)
      .filter((resource) => [...referencesIn(property(resource, ...path))].some((subnet) => open.has(subnet)))
      .map(({ id }) => `${id}: is in a subnet that the internet is routed to`),
  );
}

function services(template: Template): string[] {
  return resourcesOf(template, "AWS::ECS::Service")
    .filter(
      (service) =>
        property(service, "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp") !== "DISABLED" ||
        property(service, "LoadBalancers") !== undefined,
    )
    .map(({ id }) => `${id}: its tasks must have no public address (AssignPublicIp: DISABLED) and no load balancer`);
}

/** Who may call a function: the API and the clock, each only by its own ARN. */
function functions(template: Template): string[] {
  const callers = ["apigateway.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com"];
  return resourcesOf(template, "AWS::Lambda::Permission").flatMap((permission) => {
    if (!callers.includes(String(property(permission, "Principal")))) {
      return [`${permission.id}: lets ${textOf(property(permission, "Principal"))} call a function`];
    }
    return property(permission, "SourceArn") === undefined
      ? [`${permission.id}: needs the SourceArn of its caller`]
      : [];
  });
}

const blocks = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

function buckets(template: Template): string[] {
  return resourcesOf(template, "AWS::S3::Bucket")
    .filter((bucket) => !blocks.every((name) => isTrue(property(bucket, "PublicAccessBlockConfiguration", name))))
    .map(({ id }) => `${id}: block all public access (PublicAccessBlockConfiguration)`);
}

/** Whether a statement of a resource's policy gives something to everybody. */
function isForEverybody(statement: Value): boolean {
  const principal = at(statement, "Principal");
  const everybody = [principal, at(principal, "AWS")].some((who) => listOf(who).includes("*"));
  return everybody && at(statement, "Effect") === "Allow" && at(statement, "Condition") === undefined;
}

function policies(template: Template): string[] {
  const isOpen = ({ Properties = {} }: Named) => [...everyValue(Properties)].some(({ value }) => isForEverybody(value));
  return allResources(template)
    .filter(isOpen)
    .map(({ id }) => `${id}: a policy gives access to everybody`);
}

/** Ways in that this system does not have. */
function frontDoors(template: Template): string[] {
  const types = ["AWS::Lambda::Url", "AWS::EC2::Instance", "AWS::CloudFront::Distribution", "AWS::ApiGateway::RestApi"];
  const balancers = resourcesOf(template, "AWS::ElasticLoadBalancingV2::LoadBalancer").filter(
    (balancer) => property(balancer, "Scheme") !== "internal",
  );
  return [...resourcesOf(template, ...types), ...balancers].map(
    ({ id, Type }) => `${id}: ${Type} is a way in beside the API`,
  );
}
