import { type Mutation, remove, set } from "../mutation.ts";
import type { DeclaredFunction, Stack } from "../stack.ts";
import { type Named, property } from "../template.ts";

const route = "AWS::ApiGatewayV2::Route";
const isCreate = (resource: Named) => property(resource, "RouteKey") === "POST /orders";

function withFunction(key: string, change: Partial<DeclaredFunction>) {
  return ({ functions, ...stack }: Stack): Stack => {
    const found = functions[key];
    if (found === undefined) throw new Error(`there is no function ${key}`);
    return { ...stack, functions: { ...functions, [key]: { ...found, ...change } } };
  };
}

export const routesMutations: readonly Mutation[] = [
  { what: "a route that is lost", change: remove(route, isCreate), finds: "createOrder: the API lacks POST /orders" },
  {
    what: "a route that nobody declared",
    change: withFunction("stats", { routes: [] }),
    finds: "serverless.yml has no GET /stats",
  },
  {
    what: "a function that answers after the API has given up",
    change: set("AWS::Lambda::Function", ["Timeout"], 30, (lambda) =>
      /createOrder$/.test(String(property(lambda, "FunctionName"))),
    ),
    finds: "its timeout is longer than the API waits",
  },
];
