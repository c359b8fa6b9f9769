import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";

// What a successful deployment does is tested on the emulator (test/deploy). Here Lambda is a server that answers as
// its API says: errors of functions that are not ready cannot be had otherwise.

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

// Plain JavaScript, as serverless loads it: what is used of it is told here.
const { migrate } = (await import(new URL("./migrate.mjs", import.meta.url).href)) as {
  migrate: (serverless: object, patience: { maxTries: number; pauseMs: number }) => Promise<string>;
};

let server: Server;
let asked: string[];
let answers: Answer[];

beforeEach(async () => {
  [asked, answers] = [[], []];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${body}`);
      (answers.shift() ?? notReady)(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

function run(): Promise<string> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = { region: "us-east-1", endpoint, credentials: { accessKeyId: "a", secretAccessKey: "b" } };
  const serverless = {
    ...{ classes: { Error }, getProvider: () => ({ getAwsSdkV3Config: async () => config }) },
    service: { getFunction: (key: string) => ({ name: `orders-prod-${key}` }) },
  };
  return migrate(serverless, { maxTries: 3, pauseMs: 1 });
}

const notReady: Answer = (_request, response) => {
  response.writeHead(409, { "X-Amzn-ErrorType": "ResourceConflictException", "Content-Type": "application/json" });
  response.end(JSON.stringify({ Message: "The operation cannot be performed at this time." }));
};

const done: Answer = (_request, response) => response.end('{"migrated":true}');

const failed: Answer = (_request, response) => {
  response.writeHead(200, { "X-Amz-Function-Error": "Unhandled" });
  response.end(JSON.stringify({ errorType: "Error", errorMessage: "the table orders has a lock" }));
};

it("asks the stage's ops function, and waits for it to be ready", async () => {
  answers = [notReady, done];
  await expect(run()).resolves.toBe('{"migrated":true}');
  expect(asked).toEqual(
    Array(2).fill('POST /2015-03-31/functions/orders-prod-ops/invocations {"operation":"migrate"}'),
  );
});

it("fails with the function's reason", async () => {
  answers = [failed];
  await expect(run()).rejects.toThrow(
    "The stack is deployed, but its database could not be migrated: the table orders has a lock",
  );
  expect(asked).toHaveLength(1);
});

it("gives up a function that does not get ready", async () => {
  await expect(run()).rejects.toThrow("cannot be performed at this time");
  expect(asked).toHaveLength(3);
});
