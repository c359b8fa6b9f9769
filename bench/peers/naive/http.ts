import express, { type Express } from "express";
import type { Redis } from "ioredis";
import { Order } from "./order.ts";
import { queueKey } from "./queue.ts";

/** The HTTP front: stores an order with its status `pending`, then pushes it onto the list. */
export function httpApp(redis: Redis): Express {
  const app = express();
  app.use(express.json());
  app.post("/orders", async (request, response) => {
    const { item, quantity, price } = request.body ?? {};
    if (!item || typeof quantity !== "number" || typeof price !== "number") {
      response.status(400).json({ error: "item, quantity and price are required" });
      return;
    }
    const order = await Order.create({ item, quantity, price, status: "pending" });
    await redis.lpush(queueKey, JSON.stringify({ orderId: order.id, quantity }));
    response.status(201).json(order);
  });
  app.get("/orders", async (_request, response) => {
    response.json(await Order.findAll());
  });
  return app;
}
