import { referenceIn, textOf } from "../intrinsics.ts";
import { lambdaOf, type Stack } from "../stack.ts";
import { property, resourcesOf } from "../template.ts";

/** HTTP APIs give up after 30 s, in seconds: a function must have answered by then. */
const maxRouteSeconds = 29;

/** Functions that nobody may call by HTTP. */
const internal = ["ops", "reportMetrics"];

/** Every route that serverless.yml declares leads to its function, and no other route to anything. */
export function routes(stack: Stack): string[] {
  const { template, functions } = stack;
  const rendered = new Map(
    resourcesOf(template, "AWS::ApiGatewayV2::Route").map((route) => [targetKey(stack, route.id), route.id]),
  );
  const declared = Object.entries(functions).flatMap(([key, { routes }]) =>
    routes.map((route) => ({ route: `${route} -> ${lambdaOf(stack, key)?.id}`, key })),
  );
  const expected = new Set(declared.map(({ route }) => route));
  return [
    ...(declared.some(({ route }) => route.startsWith("$default "))
      ? []
      : ["Api: no route takes what is unknown ($default)"]),
    ...declared.filter(({ route }) => !rendered.has(route)).map(({ route, key }) => `${key}: the API lacks ${route}`),
    ...[...rendered]
      .filter(([route]) => !expected.has(route))
      .map(([route, id]) => `${id}: serverless.yml has no ${route}`),
    ...internal.filter((key) => functions[key] === undefined).map((key) => `${key}: is not in serverless.yml`),
    ...internal.filter((key) => functions[key]?.routes.length).map((key) => `${key}: must have no route`),
    ...slow(stack),
  ];
}

/** `POST /orders -> CreateOrderLambdaFunction` */
function targetKey({ template }: Stack, id: string): string {
  const route = { id, ...(template.Resources[id] ?? { Type: "" }) };
  const integration = referenceIn(property(route, "Target")) ?? "";
  const target = { id: integration, ...(template.Resources[integration] ?? { Type: "" }) };
  return `${textOf(property(route, "RouteKey"))} -> ${referenceIn(property(target, "IntegrationUri"))}`;
}

function slow(stack: Stack): string[] {
  return Object.entries(stack.functions)
    .filter(([, { routes }]) => routes.length > 0)
    .map(([key]) => lambdaOf(stack, key))
    .flatMap((lambda) =>
      lambda !== undefined && Number(property(lambda, "Timeout") ?? 3) > maxRouteSeconds
        ? [`${lambda.id}: its timeout is longer than the API waits (${maxRouteSeconds} s)`]
        : [],
    );
}
