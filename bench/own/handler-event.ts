import { laptopBody } from "../measure/laptop.ts";

const http = {
  method: "POST",
  path: "/orders",
  protocol: "HTTP/1.1",
  sourceIp: "203.0.113.7",
  userAgent: "curl/8.14.1",
};

/** The event of a `POST /orders` as an HTTP API sends it, payload format 2.0, as JSON. */
export const createOrderEvent = JSON.stringify({
  version: "2.0",
  routeKey: "POST /orders",
  rawPath: "/orders",
  rawQueryString: "",
  headers: {
    accept: "*/*",
    "content-length": String(laptopBody.length),
    "content-type": "application/json",
    host: "api.example.com",
    "user-agent": http.userAgent,
    "x-amzn-trace-id": "Root=1-68c1f0aa-3f1c2b7a5d6e4f8091a2b3c4",
    "x-forwarded-for": http.sourceIp,
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  },
  requestContext: {
    ...{ accountId: "123456789012", apiId: "api", domainName: "api.example.com", domainPrefix: "api", http },
    ...{ requestId: "JKJaXmPLvHcESHA=", routeKey: "POST /orders", stage: "$default" },
    ...{ time: "24/Nov/2026:12:00:00 +0000", timeEpoch: 1_795_521_600_000 },
  },
  body: laptopBody,
  isBase64Encoded: false,
});
