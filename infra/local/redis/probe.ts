import { Redis } from "ioredis";

/** Asks a Redis server about itself (INFO server); throws when it does not answer within the time limit. */
export async function redisInfo(url: string, timeoutMs = 2_000): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let lastError: Error | undefined;
  // Without a listener the client prints every failed connection; with it the cause is known.
  client.on("error", (error: Error) => {
    lastError = error;
  });
  try {
    await client.connect();
    await client.ping();
    return await client.info("server");
  } catch (error) {
    throw lastError ?? error;
  } finally {
    client.disconnect();
  }
}
