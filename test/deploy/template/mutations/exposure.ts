import { add, append, both, type Mutation, set } from "../mutation.ts";
import { publicSubnets } from "../network.ts";
import type { Stack } from "../stack.ts";
import type { Named } from "../template.ts";

const anywhere = { IpProtocol: "tcp", FromPort: 3306, ToPort: 3306, CidrIp: "0.0.0.0/0" };
const group = "AWS::EC2::SecurityGroup";
const network = ["NetworkConfiguration", "AwsvpcConfiguration"];

/** Puts what is in the list of subnets into one that the internet is routed to. */
function intoPublicSubnet(type: string, path: readonly string[]) {
  return (stack: Stack): Stack => set(type, path, [{ Ref: [...publicSubnets(stack.template)][0] ?? "" }])(stack);
}

const isArchive = ({ id }: Named) => id !== "ServerlessDeploymentBucket";

const everybody = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" }],
};

export const exposureMutations: readonly Mutation[] = [
  {
    what: "a public database",
    change: set("AWS::RDS::DBInstance", ["PubliclyAccessible"], true),
    finds: "set PubliclyAccessible to false",
  },
  {
    what: "a database that does not say whether it is public",
    change: set("AWS::RDS::DBInstance", ["PubliclyAccessible"], undefined),
    finds: "set PubliclyAccessible to false",
  },
  {
    what: "a security group that lets in everybody",
    change: append(group, ["SecurityGroupIngress"], anywhere),
    finds: "lets in addresses that are not the network's own",
  },
  {
    what: "a rule of its own that lets in everybody",
    change: add({ Type: "AWS::EC2::SecurityGroupIngress", Properties: { ...anywhere, GroupId: "x" } }),
    finds: "Added: lets in addresses that are not the network's own",
  },
  {
    what: "a rule that lets in everybody by IPv6",
    change: append(group, ["SecurityGroupIngress"], { IpProtocol: "-1", CidrIpv6: "::/0" }),
    finds: "lets in addresses that are not the network's own",
  },
  {
    what: "a rule that lets in an address of the internet",
    change: append(group, ["SecurityGroupIngress"], { ...anywhere, CidrIp: "203.0.113.0/24" }),
    finds: "lets in addresses that are not the network's own",
  },
  {
    what: "tasks in a public subnet",
    change: intoPublicSubnet("AWS::ECS::Service", [...network, "Subnets"]),
    finds: "is in a subnet that the internet is routed to",
  },
  {
    what: "MySQL in a public subnet",
    change: intoPublicSubnet("AWS::RDS::DBSubnetGroup", ["SubnetIds"]),
    finds: "is in a subnet that the internet is routed to",
  },
  {
    what: "the cache in a public subnet",
    change: intoPublicSubnet("AWS::ElastiCache::SubnetGroup", ["SubnetIds"]),
    finds: "is in a subnet that the internet is routed to",
  },
  {
    what: "a function in a subnet that gives public addresses",
    change: both(
      add({ Type: "AWS::EC2::Subnet", Properties: { MapPublicIpOnLaunch: true } }),
      set("AWS::Lambda::Function", ["VpcConfig", "SubnetIds"], [{ Ref: "Added" }]),
    ),
    finds: "is in a subnet that the internet is routed to",
  },
  {
    what: "tasks with public addresses",
    change: set("AWS::ECS::Service", [...network, "AssignPublicIp"], "ENABLED"),
    finds: "must have no public address",
  },
  {
    what: "a function that anybody may call",
    change: set("AWS::Lambda::Permission", ["Principal"], "*"),
    finds: "lets * call a function",
  },
  {
    what: "a function that any API of AWS may call",
    change: set("AWS::Lambda::Permission", ["SourceArn"], undefined),
    finds: "needs the SourceArn of its caller",
  },
  {
    what: "a bucket that may become public",
    change: set("AWS::S3::Bucket", ["PublicAccessBlockConfiguration", "BlockPublicPolicy"], false, isArchive),
    finds: "block all public access",
  },
  {
    what: "a bucket that everybody may read",
    change: add({ Type: "AWS::S3::BucketPolicy", Properties: { Bucket: "b", PolicyDocument: everybody } }),
    finds: "Added: a policy gives access to everybody",
  },
  {
    what: "a function with an address of its own",
    change: add({ Type: "AWS::Lambda::Url", Properties: { AuthType: "NONE" } }),
    finds: "Added: AWS::Lambda::Url is a way in beside the API",
  },
  {
    what: "a load balancer on the internet",
    change: add({ Type: "AWS::ElasticLoadBalancingV2::LoadBalancer", Properties: { Scheme: "internet-facing" } }),
    finds: "Added: AWS::ElasticLoadBalancingV2::LoadBalancer is a way in",
  },
];
