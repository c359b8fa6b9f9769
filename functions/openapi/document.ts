import * as z from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { listQuery } from "../http/list-query.ts";
import { batchBody, batchedOrderBody, batchOf, idempotencyKey, orderBody } from "../http/order-input.ts";
import { problemResponses, retryAfter } from "./problems.ts";
import {
  batchResultSchema,
  explanationSchema,
  healthSchema,
  orderListSchema,
  orderSchema,
  orderWithHistorySchema,
  statsSchema,
} from "./schemas.ts";

const order = {
  id: "01a2090f-79ac-7a03-964f-3256223620c7",
  item: "Laptop",
  quantity: 2,
  price: 1299.99,
  status: "completed",
  attempt: 1,
  createdAt: "2026-11-23T15:38:58.860Z",
  updatedAt: "2026-11-23T15:38:58.895Z",
  completedAt: "2026-11-23T15:38:58.895Z",
};
const newOrder = { item: "Laptop", quantity: 2, price: 1299.99 };
const { completedAt: _, ...unfinished } = order;
const created = { ...unfinished, status: "pending", attempt: 0, updatedAt: order.createdAt };

const json = (schema: z.ZodType, example: unknown) => ({ "application/json": { schema, example } });
const orderPath = z.object({ id: z.string().meta({ description: "The order's id.", examples: [order.id] }) });
const idempotencyHeader = idempotencyKey.optional().meta({
  description: "Makes the request safe to send again: the same key and order answer the order that was made first.",
});

const createOrder: ZodOpenApiOperationObject = {
  operationId: "createOrder",
  tags: ["orders"],
  summary: "Create an order",
  description: "An order that was answered with 201 is stored and will be worked off, whatever happens.",
  requestParams: { header: z.object({ "Idempotency-Key": idempotencyHeader }) },
  requestBody: { required: true, content: json(orderBody, newOrder) },
  responses: {
    "201": {
      description: "The order as it was created, also when it is replayed.",
      headers: {
        Location: { description: "The order's path.", schema: { type: "string" }, required: true },
        "Idempotent-Replayed": {
          description: "`true` when the key made the order before.",
          schema: { type: "string" },
        },
      },
      content: json(orderSchema, created),
    },
    ...problemResponses(
      "malformed-request",
      "malformed-idempotency-key",
      "unauthorized",
      "body-too-large",
      "unsupported-media-type",
      "validation-failed",
      "idempotency-key-reused",
    ),
  },
};

const createOrders: ZodOpenApiOperationObject = {
  operationId: "createOrders",
  tags: ["orders"],
  summary: "Create up to 500 orders",
  description:
    "Each order is answered by itself, in the order of the request: one that is not valid harms no other. Idempotency keys " +
    "are given with the orders; the header is of no effect here.",
  requestBody: {
    required: true,
    content: json(batchBody.extend({ orders: batchOf(batchedOrderBody) }), { orders: [newOrder] }),
  },
  responses: {
    "200": {
      description: "A result for each order.",
      content: json(batchResultSchema, { results: [{ status: 201, order: created }] }),
    },
    ...problemResponses(
      "malformed-request",
      "unauthorized",
      "body-too-large",
      "unsupported-media-type",
      "validation-failed",
    ),
  },
};

const listOrders: ZodOpenApiOperationObject = {
  operationId: "listOrders",
  tags: ["orders"],
  summary: "List orders",
  description:
    "Newest first; with status scheduled, pending or processing the soonest due first. With an item a page may be short, or empty, " +
    "before the end of the list: it has ended when `nextCursor` is null.",
  requestParams: { query: listQuery },
  responses: {
    "200": { description: "A page.", content: json(orderListSchema, { orders: [order], nextCursor: null }) },
    ...problemResponses("malformed-cursor", "unauthorized", "validation-failed"),
  },
};

const etag = { ETag: { description: "The order's version.", schema: { type: "string" }, required: true } } as const;

const ifNoneMatch = z.string().optional().meta({ description: "The ETag that is known already." });

const getOrder: ZodOpenApiOperationObject = {
  operationId: "getOrder",
  tags: ["orders"],
  summary: "Read an order and its history",
  requestParams: {
    path: orderPath,
    header: z.object({ "If-None-Match": ifNoneMatch }),
  },
  responses: {
    "200": {
      description: "The order.",
      headers: etag,
      content: json(orderWithHistorySchema, {
        ...order,
        history: [
          { status: "pending", attempt: 0, at: order.createdAt },
          { status: "processing", attempt: 1, at: "2026-11-23T15:38:58.886Z", worker: "shop-1-27d9295b" },
          { status: "completed", attempt: 1, at: order.updatedAt, worker: "shop-1-27d9295b" },
        ],
      }),
    },
    "304": { description: "The order is as it was.", headers: etag },
    ...problemResponses("unauthorized", "order-not-found", "validation-failed"),
  },
};

const whyOrder: ZodOpenApiOperationObject = {
  operationId: "whyOrder",
  tags: ["operations"],
  summary: "Explain where an order is, what comes next, and what is amiss",
  description: "In sentences for people. Answers without Redis, too.",
  requestParams: { path: orderPath },
  responses: {
    "200": {
      description: "The explanation.",
      content: json(explanationSchema, {
        id: order.id,
        status: "scheduled",
        asOf: "2026-11-23T15:39:02.000Z",
        where:
          'Waiting to be tried again: attempt 2 failed 3 s ago: "billing: 503 Service Unavailable"; 2 of 5 failures used up.',
        next: "It goes into the queue again in 4 s, where the first worker that is free takes it.",
        nextAt: "2026-11-23T15:39:06.000Z",
        troubles: [
          {
            code: "failed-before",
            detail:
              '2 attempts have failed, the last one with "billing: 503 Service Unavailable"; it is failed for good after 3 more failures.',
            fix: "Mend what the reason tells of; the order is tried again by itself.",
          },
        ],
      }),
    },
    ...problemResponses("unauthorized", "order-not-found", "validation-failed"),
  },
};

const cancelOrder: ZodOpenApiOperationObject = {
  operationId: "cancelOrder",
  tags: ["orders"],
  summary: "Cancel an order that no worker has claimed",
  requestParams: { path: orderPath },
  responses: {
    "200": {
      description: "The order, now or already cancelled.",
      content: json(orderSchema, { ...created, status: "cancelled" }),
    },
    ...problemResponses("unauthorized", "order-not-found", "not-cancellable", "validation-failed"),
  },
};

const redriveOrder: ZodOpenApiOperationObject = {
  operationId: "redriveOrder",
  tags: ["orders"],
  summary: "Give a failed order another round of attempts",
  requestParams: { path: orderPath },
  responses: {
    "200": { description: "The order, in the queue again.", content: json(orderSchema, created) },
    ...problemResponses("unauthorized", "order-not-found", "not-redrivable", "validation-failed"),
  },
};

const getStats: ZodOpenApiOperationObject = {
  operationId: "getStats",
  tags: ["operations"],
  summary: "Count orders by status, and tell how long the queue is, who reads it, and how fast it goes",
  responses: {
    "200": {
      description: "The counts.",
      content: json(statsSchema, {
        counts: { scheduled: 0, pending: 3, processing: 2, completed: 1_024, failed: 1, cancelled: 0 },
        asOf: order.updatedAt,
        queueDepth: 3,
        oldestPendingAgeMs: 12,
        workers: [{ id: "shop-1-27d9295b", lastSeenAgoMs: 410 }],
        latencyMs: { orders: 994, p50: 12, p95: 31, p99: 55 },
      }),
    },
    ...problemResponses("unauthorized", "validation-failed"),
  },
};

const health = { status: "ok", checks: { mysql: "ok", redis: "ok" } };

const getHealth: ZodOpenApiOperationObject = {
  operationId: "getHealth",
  tags: ["operations"],
  summary: "Tell whether orders can be taken",
  security: [],
  responses: {
    "200": { description: "Orders are taken.", content: json(healthSchema, health) },
    "503": {
      description: "MySQL is away.",
      headers: retryAfter,
      content: json(healthSchema, { status: "unavailable", checks: { mysql: "unavailable", redis: "ok" } }),
    },
  },
};

const getOpenApi: ZodOpenApiOperationObject = {
  operationId: "getOpenApi",
  tags: ["operations"],
  summary: "This document",
  security: [],
  responses: {
    "200": { description: "An OpenAPI 3.1 document.", content: { "application/json": { schema: { type: "object" } } } },
  },
};

const pageTag = { ETag: { description: "The page's version.", schema: { type: "string" }, required: true } } as const;

const getDashboard: ZodOpenApiOperationObject = {
  operationId: "getDashboard",
  tags: ["operations"],
  summary: "A page for people: what happens, every order, and what can be done about it",
  security: [],
  requestParams: { header: z.object({ "If-None-Match": ifNoneMatch }) },
  responses: {
    "200": {
      description: "The page, with all that it needs.",
      headers: pageTag,
      content: { "text/html": { schema: { type: "string" } } },
    },
    "304": { description: "The page is as it was.", headers: pageTag },
  },
};

/** Every operation of the API, with the schemas of what it answers. */
export const paths = {
  "/orders": { post: createOrder, get: listOrders },
  "/orders/batch": { post: createOrders },
  "/orders/{id}": { get: getOrder },
  "/orders/{id}/why": { get: whyOrder },
  "/orders/{id}/cancel": { post: cancelOrder },
  "/orders/{id}/redrive": { post: redriveOrder },
  "/stats": { get: getStats },
  "/health": { get: getHealth },
  "/openapi.json": { get: getOpenApi },
  "/": { get: getDashboard },
} as const satisfies ZodOpenApiPathsObject;

/** The OpenAPI 3.1 document, made from the schemas that validate requests. */
export function openApiDocument() {
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Orders",
      version: "1.0.0",
      description: "Takes orders and works them off: none is lost, none takes effect twice.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "orders", description: "Create, find and change orders." },
      { name: "operations", description: "How the system is." },
    ],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "Needed where the deployment has API keys." },
      },
    },
  });
}
