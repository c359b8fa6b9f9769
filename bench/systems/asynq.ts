import { join } from "node:path";
import type { System } from "../system.ts";
import { peerSystem } from "./peer.ts";
import { buildGo } from "./peer-build.ts";

/** net/http, database/sql and Asynq; 50 tasks at once. */
export function asynqSystem(): System {
  return peerSystem({
    name: "asynq",
    prepare: async (ground) => {
      await buildGo(ground, { name: "asynq", package: "./asynq" });
    },
    programs: (ground) => {
      const binary = join(ground.state.bin, "asynq");
      return { http: [binary, "server"], worker: [binary, "worker"], fill: [binary, "fill"] };
    },
  });
}
