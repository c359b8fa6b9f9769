import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { bindAddress, type Launch, launch, type Program } from "../program.ts";

/** One Redis server of our own. */
export interface RedisInstance {
  program: Program;
  /** Its working folder; nothing that must be kept is in it (D1). */
  folder: string;
  /** TCP port on 127.0.0.1. */
  port: number;
  /** Further options for redis-server, as words. */
  options: string[];
}

/** How to run the server: with no persistence, and refusing writes rather than evicting when memory is full. */
export async function redisLaunch(instance: RedisInstance): Promise<Launch> {
  const { program, folder, port, options } = instance;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const args = [
    ...["--port", String(port), "--bind", bindAddress(program), "--dir", folder],
    // Only Docker's loopback publication reaches it when it listens beyond the loopback address.
    ...(program.kind === "docker" ? ["--protected-mode", "no"] : []),
    ...["--databases", "256", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"],
    ...options,
  ];
  const name = `orders-redis-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
  return launch(program, args, { name, folder, port });
}

/** The instance's URL, database 0 of 256. */
export function redisUrl(instance: RedisInstance): string {
  return `redis://127.0.0.1:${instance.port}`;
}
