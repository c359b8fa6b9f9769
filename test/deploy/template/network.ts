import { referenceIn, referencesIn } from "./intrinsics.ts";
import { property, resourcesOf, type Template } from "./template.ts";

/** The subnets from which a route leads to an internet gateway: what has a public address there can be reached. */
export function publicSubnets(template: Template): ReadonlySet<string> {
  const gateways = new Set(resourcesOf(template, "AWS::EC2::InternetGateway").map(({ id }) => id));
  const openTables = new Set(
    resourcesOf(template, "AWS::EC2::Route")
      .filter((route) => gateways.has(referenceIn(property(route, "GatewayId")) ?? ""))
      .map((route) => referenceIn(property(route, "RouteTableId"))),
  );
  const open = resourcesOf(template, "AWS::EC2::SubnetRouteTableAssociation")
    .filter((association) => openTables.has(referenceIn(property(association, "RouteTableId"))))
    .flatMap((association) => [...referencesIn(property(association, "SubnetId"))]);
  const mapped = resourcesOf(template, "AWS::EC2::Subnet")
    .filter((subnet) => property(subnet, "MapPublicIpOnLaunch") === true)
    .map(({ id }) => id);
  return new Set([...open, ...mapped]);
}
