import express from "express";
import type { ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { portSetting } from "../environment.ts";
import { createTable, openDatabase } from "./database.ts";
import { jobName, openQueue } from "./queue.ts";

const pool = openDatabase(20);
await createTable(pool);
const { queue } = openQueue();
await queue.waitUntilReady();

const app = express();
// Nobody asks for either, and the hash of each answer costs.
app.disable("etag").disable("x-powered-by");
app.use(express.json());

app.post("/orders", async (request, response) => {
  const { item, quantity, price } = request.body ?? {};
  if (!item || typeof quantity !== "number" || typeof price !== "number") {
    response.status(400).json({ error: "item, quantity and price are required" });
    return;
  }
  const now = new Date();
  const [{ insertId: id }] = await pool.execute<ResultSetHeader>(
    "INSERT INTO orders (item, quantity, price, status, created_at, updated_at) VALUES (?, ?, ?, 'pending', ?, ?)",
    [item, quantity, price, now, now],
  );
  await queue.add(jobName, { orderId: id });
  response.status(201).json({ id, item, quantity, price, status: "pending", createdAt: now, updatedAt: now });
});

app.get("/orders", async (_request, response) => {
  const [rows] = await pool.query<RowDataPacket[]>("SELECT * FROM orders ORDER BY id DESC LIMIT 50");
  response.json(rows);
});

app.listen(portSetting("PORT_HTTP"), "127.0.0.1");
