import type { Creation, NewOrder } from "../core/db/create-orders.ts";
import { Problem } from "../core/domain/problem.ts";
import { createAndEnqueue, creationView, prepareOrder } from "./http/creation.ts";
import { beginRequest } from "./http/creation-trace.ts";
import { jsonBody } from "./http/json-body.ts";
import { batchBody, batchedOrderBody, orderInput } from "./http/order-input.ts";
import { problemDocument } from "./http/problem-details.ts";
import { httpFunction } from "./http/stack.ts";
import { noQuery, validate } from "./http/validate.ts";

/** `POST /orders/batch`: creates the valid ones with one INSERT and tells of each what became of it, in order. */
export const handler = httpFunction(async (event, { caller }) => {
  const trace = beginRequest(event, "/orders/batch");
  const body = jsonBody(event);
  noQuery(event);
  const { orders } = validate(batchBody, body);
  const prepared = orders.map((order) => attempt(() => prepare(caller, order)));
  const wanted = prepared.filter((one): one is NewOrder => !(one instanceof Problem));
  // Without a valid one there is nothing to ask MySQL for.
  const create = async () => (wanted.length === 0 ? [] : createAndEnqueue(wanted));
  const creations = await (trace === undefined ? create() : trace.follow(wanted, create));
  const made = creations.values();
  const results = prepared.map((one) => (one instanceof Problem ? refused(one) : answered(made.next().value)));
  return { status: 200, body: { results } };
});

function prepare(caller: string, order: unknown): NewOrder {
  const body = validate(batchedOrderBody, order);
  return prepareOrder(caller, body.idempotencyKey, orderInput(body));
}

function answered(creation: Creation | undefined) {
  if (creation === undefined) throw new Error("every order that is asked for has a creation");
  const order = attempt(() => creationView(creation));
  if (order instanceof Problem) return refused(order);
  return { status: 201, order, ...(creation.outcome === "replayed" && { replayed: true }) };
}

function refused(problem: Problem) {
  return { status: problem.status, problem: problemDocument(problem) };
}

/** The problem that the work ends with, if it does: in a batch it is told, not thrown. */
function attempt<T>(work: () => T): T | Problem {
  try {
    return work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}
