import { join } from "node:path";
import type { System } from "../system.ts";
import { peerSystem } from "./peer.ts";
import { installPeers, peersDir } from "./peer-build.ts";

/** Express, mysql2 and BullMQ, as BullMQ's documentation would have it; 50 jobs at once. */
export function bullmqSystem(): System {
  return peerSystem({
    name: "bullmq",
    prepare: installPeers,
    programs: (ground) => {
      const program = (name: string) => [process.execPath, join(peersDir(ground), "bullmq", name)] as const;
      return { http: program("server.ts"), worker: program("worker.ts"), fill: program("fill.ts") };
    },
  });
}
