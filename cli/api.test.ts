import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../infra/local/ports.ts";
import { Api, NotFound, Unavailable } from "./api.ts";

/** An API at something that is not the system. */
async function apiAt(listener: RequestListener): Promise<Api> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new Api({ url: `http://127.0.0.1:${port}`, key: undefined, remedy: "npm start first" });
}

const answering = (status: number, type: string, body: string) =>
  apiAt((_, response) => response.writeHead(status, { "Content-Type": type }).end(body));

const problem = (status: number, kind: string, title: string, more: object = {}) =>
  answering(
    status,
    "application/problem+json",
    JSON.stringify({ type: `urn:problem:orders:${kind}`, status, title, detail: "It is so.", ...more }),
  );

const failure = (api: Api): Promise<Error> =>
  api.get("/stats").then(
    () => new Error("it was answered"),
    (error) => error,
  );

describe("what goes wrong is told with what to do", () => {
  it("nothing listens", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const error = await failure(new Api({ url, key: undefined, remedy: "npm start first" }));
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toBe(`nothing answers at ${url} (ECONNREFUSED): npm start first`);
  });

  it("the connection breaks", async () => {
    const error = await failure(await apiAt((request) => request.socket.destroy()));
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toMatch(/broke the connection off: npm start first$/);
  });

  it("something else answers", async () => {
    const error = await failure(await answering(200, "text/html", "<h1>It works!</h1>"));
    expect(error.message).toMatch(
      /is not the API of orders \(status 200, and not in its words\): see that the address is right$/,
    );
    expect((await failure(await answering(200, "application/json", "<h1>"))).message).toMatch(/is not the API/);
  });

  it("a load balancer has nobody to ask", async () => {
    expect(await failure(await answering(502, "text/html", "Bad Gateway"))).toBeInstanceOf(Unavailable);
  });

  it("API Gateway is asked too often, or its function fails", async () => {
    const often = await failure(await answering(429, "application/json", '{"message":"Too Many Requests"}'));
    expect(often).toBeInstanceOf(Unavailable);
    expect(often.message).toMatch(/\(status 429, and not in its words\), or is away or asked too often$/);
    const failed = await failure(await answering(500, "application/json", '{"message":"Internal Server Error"}'));
    expect(failed).toBeInstanceOf(Unavailable);
  });

  it("a redirection is not followed: it would carry what was sent to who knows whom", async () => {
    const api = await apiAt((_, response) => response.writeHead(307, { Location: "http://127.0.0.1:9/" }).end());
    expect((await failure(api)).message).toMatch(/is not the API of orders \(status 307/);
  });

  it("fields are wrong", async () => {
    const errors = [{ pointer: "#/price", detail: "expected a number" }];
    const error = await failure(await problem(422, "validation-failed", "The request is not valid", { errors }));
    expect(error.message).toBe("422 The request is not valid:\n  #/price: expected a number");
  });

  it("there is no such order, or no such route", async () => {
    const order = await failure(await problem(404, "order-not-found", "There is no such order"));
    expect(order).toBeInstanceOf(NotFound);
    expect(order.message).toMatch(/^404 There is no such order: It is so\.\nnpm run orders -- list/);
    const route = await failure(await problem(404, "not-found", "There is nothing here"));
    expect(route).not.toBeInstanceOf(NotFound);
  });

  it("MySQL is away", async () => {
    const error = await failure(await problem(503, "unavailable", "The service is not available"));
    expect(error).toBeInstanceOf(Unavailable);
    expect(error.message).toMatch(/npm run orders -- doctor tells what is amiss\.$/);
  });
});
