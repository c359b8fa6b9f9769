import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readOpsConfig } from "../../core/config/ops.ts";
import { archiveStore } from "../../functions/ops/archive/store.ts";
import { provideEmulator } from "../../infra/emulator/emulator-programs.ts";
import { readLocalConfig } from "../../infra/local/config.ts";
import { freePort } from "../../infra/local/ports.ts";
import { type Server, startServer } from "../../infra/local/server.ts";
import { expectHealthy } from "../../infra/local/steps/health.ts";

/** An S3 of its own. */
let emulator: Server;
let folder: string;
let s3: S3Client;

beforeAll(async () => {
  const config = readLocalConfig();
  folder = await mkdtemp(join(tmpdir(), "orders-s3-"));
  await mkdir(join(folder, "tmp"));
  const command = join(await provideEmulator(config), "python3");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port), TMPDIR: join(folder, "tmp") };
  const args = [
    "-c",
    `import os, runpy; os.environ.update(${JSON.stringify(env)}); runpy.run_module("ministack", run_name="__main__")`,
  ];
  const ready = () => expectHealthy(`${url}/_ministack/health`);
  emulator = await startServer(
    { command, args },
    { name: "s3", url, logFile: join(folder, "log"), ready, graceMs: 10_000 },
  );
  const credentials = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local", AWS_REGION: "us-east-1" };
  for (const [name, value] of Object.entries({ ...credentials, AWS_ENDPOINT_URL: url })) vi.stubEnv(name, value);
  s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "orders-archive" }));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  s3?.destroy();
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The archive as the function has it with this setting. */
function archiveAt(ARCHIVE_URL: string) {
  const urls = { MYSQL_URL: "mysql://unused/orders", REDIS_URL: "redis://unused" };
  return archiveStore(readOpsConfig({ ...urls, ARCHIVE_URL, AWS_ENDPOINT_URL: emulator.url }));
}

it("a file becomes an object under the prefix, and written again it is replaced", async () => {
  const store = await archiveAt("s3://orders-archive/prod");
  const name = "completed/2026/11/23/first_last_0123456789ab.jsonl.gz";
  for (const text of ["cut short", "whole"]) {
    expect(await store.put({ name, bytes: Buffer.from(text) })).toBe(`s3://orders-archive/prod/${name}`);
  }
  const object = await s3.send(new GetObjectCommand({ Bucket: "orders-archive", Key: `prod/${name}` }));
  expect(object.ContentType).toBe("application/gzip");
  expect(await object.Body?.transformToString()).toBe("whole");
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "orders-archive" }));
  expect(Contents?.map(({ Key }) => Key)).toEqual([`prod/${name}`]);
});

it("a bucket that is not there is named", async () => {
  const store = await archiveAt("s3://orders-missing");
  await expect(store.put({ name: "a", bytes: Buffer.from("b") })).rejects.toThrow(
    "the archive s3://orders-missing did not take a file: NoSuchBucket",
  );
});
