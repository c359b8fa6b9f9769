import { type Shares, sharesOf } from "./shares.ts";

/** What of V8's CPU profile is read (Chrome DevTools Protocol, Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** The node of each sample, and the microseconds since the one before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Takes a profile of a Node process while something is done; answers with it and with what that answered. */
export async function profileNode<T>(inspectorPort: number, work: () => Promise<T>): Promise<[Shares, T]> {
  const session = await connect(inspectorPort);
  try {
    await session.send("Profiler.enable");
    await session.send("Profiler.setSamplingInterval", { interval: 200 });
    await session.send("Profiler.start");
    const answer = await work();
    const { profile } = (await session.send("Profiler.stop")) as { profile: CpuProfile };
    return [sharesByPart(profile), answer];
  } finally {
    session.close();
  }
}

/** What the process was busy with, by package or folder; time in which it had nothing to do does not count. */
export function sharesByPart({ nodes, samples, timeDeltas }: CpuProfile): Shares {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const counted = samples.map((id, index) => [parts.get(id) ?? "unknown", timeDeltas[index] ?? 0] as const);
  return sharesOf(counted.filter(([part]) => part !== "(idle)"));
}

function partOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string {
  if (url.startsWith("node:")) return "Node's own modules";
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) return name;
  const [, folder] = /\/((?:core\/\w+)|grpc-gateway)\//.exec(url) ?? [];
  if (folder !== undefined) return folder;
  const natives: Readonly<Record<string, string>> = {
    "(idle)": "(idle)",
    "(garbage collector)": "garbage collection",
    "(program)": "outside of JavaScript",
    writeBuffer: "writing to sockets",
    writeUtf8String: "writing to sockets",
  };
  return natives[functionName] ?? "other native code";
}

interface InspectorSession {
  send(method: string, params?: object): Promise<unknown>;
  close(): void;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function connect(port: number): Promise<InspectorSession> {
  const answer = await fetch(`http://127.0.0.1:${port}/json`);
  const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error(`nothing can be inspected at port ${port}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Answer;
    if (id === undefined) return;
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`the inspector refuses: ${error.message}`));
  });
  const opened = Promise.withResolvers<void>();
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("close", () => {
    const gone = new Error("the inspected process has closed the connection");
    opened.reject(gone);
    for (const one of waiting.values()) one.reject(gone);
  });
  await opened.promise;
  return {
    send: (method, params = {}) => {
      const id = waiting.size + 1;
      const answered = Promise.withResolvers<unknown>();
      waiting.set(id, answered);
      socket.send(JSON.stringify({ id, method, params }));
      return answered.promise;
    },
    close: () => socket.close(),
  };
}
