import { createServer } from "node:net";

/** Whether nothing listens on this port of the loopback address (and so a server of ours can). */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Below the ports that systems give to outgoing connections, from 32768 on Linux and from 49152 elsewhere: such a
 * connection takes the port of a server that is to start, or that is being started again.
 */
const lowest = 20_000;
const highest = 32_000;

/** How many ports are tried. */
const maxTries = 1_000;

/** A port that is free now: the preferred one where possible. */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && (await isPortFree(preferred))) {
    return preferred;
  }
  for (let tries = 0; tries < maxTries; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no port is free of ${maxTries} between ${lowest} and ${highest}`);
}
