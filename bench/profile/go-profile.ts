import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lastLines, run } from "../../infra/local/process/run.ts";
import type { Ground } from "../ground.ts";
import { type Shares, sharesOf } from "./shares.ts";

/** A Go process of which a profile is taken. */
interface GoProcess {
  /** Where it serves `/debug/pprof`: `host:port`. */
  readonly address: string;
  readonly binary: string;
  /** For how long it is looked at. */
  readonly seconds: number;
}

/** Takes a profile of a Go process for a time, from when it answers on. */
export async function profileGo(ground: Ground, { address, binary, seconds }: GoProcess): Promise<Shares> {
  const answer = await fetch(`http://${address}/debug/pprof/profile?seconds=${seconds}`);
  if (!answer.ok) throw new Error(`/debug/pprof answers ${answer.status}: ${await answer.text()}`);
  const file = join(ground.state.data, "worker.pprof");
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  const words = ["tool", "pprof", "-top", "-nodecount=100000", "-unit=ms", binary, file];
  const { code, stdout, stderr } = await run(ground.go, words, { env: { ...ground.env } });
  if (code !== 0) throw new Error(`go tool pprof failed:\n${lastLines(stderr, 10)}`);
  return sharesByPackage(stdout);
}

/** Reads what `go tool pprof -top` prints: each function's own time, added up by package. */
export function sharesByPackage(text: string): Shares {
  const lines = [...text.matchAll(/^\s*([\d.]+)ms\s+[\d.]+%\s+[\d.]+%\s+[\d.]+ms\s+[\d.]+%\s+(\S+)/gm)];
  return sharesOf(lines.map(([, ms, name = ""]) => [packageOf(name), Number(ms)]));
}

const packages: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(internal\/runtime\/)?syscall\b|^runtime\.(futex|epollwait|usleep|netpoll)/, "system calls"],
  [/^runtime\b|^internal\/runtime\//, "Go's runtime: scheduling, memory, garbage"],
  [/^google\.golang\.org\/grpc|^golang\.org\/x\/net/, "grpc-go"],
  [/^google\.golang\.org\/protobuf|^orders\/worker\/gen/, "protobuf"],
  [/^github\.com\/redis\/go-redis/, "go-redis"],
  [/^orders\/worker|^main\./, "the worker's own code"],
];

function packageOf(name: string): string {
  return packages.find(([pattern]) => pattern.test(name))?.[1] ?? "the rest of Go's library";
}
