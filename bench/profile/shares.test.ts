import { describe, expect, it } from "vitest";
import { sharesByPackage } from "./go-profile.ts";
import { sharesByPart } from "./node-profile.ts";
import { sharesOf } from "./shares.ts";

const rounded = (shares: ReadonlyMap<string, number>) =>
  Object.fromEntries([...shares].map(([name, share]) => [name, Number(share.toFixed(3))]));

describe("the shares of a profile", () => {
  it("are parts of the whole, those of one name together", () => {
    const counted = [
      ["a", 1],
      ["b", 6],
      ["a", 1],
    ] as const;
    expect(rounded(sharesOf(counted))).toEqual({ a: 0.25, b: 0.75 });
  });

  it("of Node are by package and folder, and leave out the time with nothing to do", () => {
    const frames = [
      ["(idle)", ""],
      ["query", "file:///somewhere/node_modules/mysql2/lib/base/connection.js"],
      ["respond", "file:///somewhere/node_modules/@grpc/grpc-js/build/src/server.js"],
      ["writeChanges", "file:///somewhere/core/db/changes.ts"],
      ["decide", "file:///somewhere/grpc-gateway/apply.ts"],
      ["emit", "node:events"],
      ["(garbage collector)", ""],
      ["writeBuffer", ""],
      ["hash", ""],
    ] as const;
    const nodes = frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } }));
    const samples = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1];
    const timeDeltas = [1_000, 10, 10, 10, 10, 10, 10, 10, 10, 20];
    expect(rounded(sharesByPart({ nodes, samples, timeDeltas }))).toEqual({
      ...{ mysql2: 0.3, "@grpc/grpc-js": 0.1, "core/db": 0.1, "grpc-gateway": 0.1, "Node's own modules": 0.1 },
      ...{ "garbage collection": 0.1, "writing to sockets": 0.1, "other native code": 0.1 },
    });
  });

  it("of Go are by package, from what go tool pprof prints", () => {
    const printed = `File: worker
Type: cpu
Duration: 3s, Total samples = 1000ms (33.33%)
Showing nodes accounting for 1000ms, 100% of 1000ms total
      flat  flat%   sum%        cum   cum%
     400ms 40.00% 40.00%      400ms 40.00%  internal/runtime/syscall/linux.Syscall6
     100ms 10.00% 50.00%      100ms 10.00%  runtime.futex
     200ms 20.00% 70.00%      250ms 25.00%  runtime.mallocgc
      50ms  5.00% 75.00%       50ms  5.00%  google.golang.org/grpc/internal/transport.(*loopyWriter).run
      50ms  5.00% 80.00%       50ms  5.00%  google.golang.org/protobuf/proto.Unmarshal
      50ms  5.00% 85.00%       50ms  5.00%  orders/worker/gen/orders/v1.(*OrderStatusUpdate).GetOrderId (inline)
      50ms  5.00% 90.00%       60ms  6.00%  github.com/redis/go-redis/v9/internal/proto.(*Reader).ReadLine
     100ms 10.00%   100%      900ms 90.00%  orders/worker/internal/outbox.(*Outbox).pick
         0     0%   100%      900ms 90.00%  main.main
`;
    expect(rounded(sharesByPackage(printed))).toEqual({
      "system calls": 0.5,
      "Go's runtime: scheduling, memory, garbage": 0.2,
      ...{ "grpc-go": 0.05, protobuf: 0.1, "go-redis": 0.05, "the worker's own code": 0.1 },
    });
  });
});
