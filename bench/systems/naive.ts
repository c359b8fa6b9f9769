import { join } from "node:path";
import type { System } from "../system.ts";
import { peerSystem } from "./peer.ts";
import { buildGo, installPeers, peersDir } from "./peer-build.ts";

const workerBinary = "naive-worker";

/** The tutorial's design: Express, Sequelize, a Redis list, and a Go worker that makes two unary gRPC calls an order. */
export function naiveSystem(goroutines: number): System {
  return peerSystem({
    name: `naive ${goroutines}`,
    prepare: async (ground) => {
      await installPeers(ground);
      await buildGo(ground, { name: workerBinary, package: "./naive-worker" });
    },
    programs: (ground) => ({
      http: [process.execPath, join(peersDir(ground), "naive/server.ts")],
      worker: [join(ground.state.bin, workerBinary)],
      fill: [process.execPath, join(peersDir(ground), "naive/fill.ts")],
    }),
    env: { CONCURRENCY: String(goroutines) },
  });
}
