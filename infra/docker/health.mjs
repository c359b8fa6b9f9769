/**
 * Health check of a container with Node: `node infra/docker/health.mjs http://127.0.0.1:50052/livez`. Exit code 0 when
 * the URL answers with a status of 2xx, else 1 with the reason, which `docker inspect` shows.
 */
const [url = ""] = process.argv.slice(2);
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  const body = await response.text();
  // serverless-offline answers 200 with an errorMessage when a handler cannot even be loaded.
  if (!response.ok || body.startsWith('{"errorMessage"')) {
    throw new Error(`answers ${response.status}: ${body.slice(0, 500)}`);
  }
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message || error.message}\n`);
  process.exitCode = 1;
}
