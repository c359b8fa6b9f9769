import { expect, it } from "vitest";
import { unexpectedEnds } from "./ends.ts";

const killed = { name: "worker-1", pid: 7, signal: "SIGKILL" } as const;
const stopped = { name: "worker-1", pid: 8, signal: "SIGTERM" } as const;
const [kill, stop] = ["was killed by SIGKILL", "exited with code 0"].map(
  (how) => `worker-1 ${how}; starting it again in 0.2 s`,
);

it("takes the ends that faults have caused for what they are, each once", () => {
  const lines = [kill ?? "", "worker-1 is healthy again, pid 8", stop ?? ""];
  expect(unexpectedEnds(lines, [killed, stopped])).toEqual([]);
  expect(unexpectedEnds([...lines, kill ?? ""], [killed, stopped])).toEqual(["worker-1 was killed by SIGKILL"]);
});

it("names a crash, and a stop that did not end well", () => {
  const lines = ["worker-1 exited with code 2; starting it again in 0.2 s"];
  expect(unexpectedEnds(lines, [stopped])).toEqual(["worker-1 exited with code 2"]);
  expect(unexpectedEnds(["gateway-1 was killed by SIGKILL; starting it again in 0.2 s"], [killed])).toEqual([
    "gateway-1 was killed by SIGKILL",
  ]);
});
