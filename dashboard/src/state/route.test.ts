import { describe, expect, it } from "vitest";
import { hrefOf, parseRoute, type Route } from "./route.ts";

const id = "01a2090f-79ac-7a03-964f-3256223620c7";

describe("an address", () => {
  it.each<[string, Route]>([
    ["#/", { page: "orders", number: 1 }],
    ["#/orders?status=failed", { page: "orders", status: "failed", number: 1 }],
    ["#/orders?item=50%25+off+%26+more", { page: "orders", item: "50% off & more", number: 1 }],
    [
      "#/orders?status=pending&item=x&cursor=abc&page=3",
      {
        ...{ page: "orders", status: "pending", item: "x", cursor: "abc", number: 3 },
      },
    ],
    [`#/orders/${id}`, { page: "order", id }],
    ["#/orders/a%2Fb", { page: "order", id: "a/b" }],
  ])("%s leads to its page, which leads to it", (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(hrefOf(route)).toBe(hash);
  });

  it.each([
    ["", { page: "orders", number: 1 }],
    ["#nonsense", { page: "orders", number: 1 }],
    ["#/orders?status=lost&item=%20", { page: "orders", number: 1 }],
    ["#/orders?page=7", { page: "orders", number: 1 }],
    ["#/orders?cursor=abc&page=first", { page: "orders", cursor: "abc", number: 2 }],
    ["#/orders/%zz", { page: "order", id: "%zz" }],
  ])("%j that somebody typed leads somewhere all the same", (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });
});
