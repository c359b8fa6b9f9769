import { createPool, type Pool } from "mysql2/promise";
import { setting } from "../environment.ts";

/** A pool of so many connections, all of which stay open. */
export function openDatabase(connections: number): Pool {
  const uri = setting("MYSQL_URL");
  return createPool({ uri, connectionLimit: connections, maxIdle: connections, timezone: "Z" });
}

/** Makes the table of the orders where there is none. */
export async function createTable(pool: Pool): Promise<void> {
  await pool.query(`CREATE TABLE IF NOT EXISTS orders (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    item VARCHAR(255) NOT NULL,
    quantity INT NOT NULL,
    price DECIMAL(12, 2) NOT NULL,
    status ENUM('pending', 'processing', 'completed') NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL
  )`);
}
