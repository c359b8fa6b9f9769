/** Throws unless the URL answers with a 2xx status; the message holds the start of what it answered. */
export async function expectHealthy(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  const body = await response.text();
  // serverless-offline answers 200 with an errorMessage when a handler cannot even be loaded.
  if (!response.ok || body.startsWith('{"errorMessage"')) {
    throw new Error(`${url} answers ${response.status}: ${body.slice(0, 200)}`);
  }
}
