import { randomBytes } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RejectionReason } from "../../core/gen/orders/v1/orders.ts";
import { readLocalConfig } from "../../infra/local/config.ts";
import { freePort } from "../../infra/local/ports.ts";
import { TestWorker } from "../harness/gateway.ts";
import { until } from "../harness/until.ts";
import { OrdersApi } from "./api.ts";
import { docker, type Engine } from "./engine/engine.ts";
import { baseImages, canHave, findEngine } from "./engine/find.ts";
import { makeStandIns, removeStandIns } from "./engine/stand-ins.ts";
import { phase, report } from "./phases.ts";
import { ComposeProject } from "./project.ts";

const services = ["grpc-gateway", "http", "migrate", "mysql", "redis", "worker-go"];
const name = `orders-test-${randomBytes(3).toString("hex")}`;
const config = readLocalConfig();
const token = randomBytes(16).toString("hex");
let engine: Engine;
let project: ComposeProject;
let api: OrdersApi;
let hasStandIns = false;
let nodeImage = "";

beforeAll(async () => {
  engine = await phase("find or start a Docker engine", () => findEngine(config, report));
  report(engine.description);
  const images = await phase("base images", provideImages);
  nodeImage = images.NODE_IMAGE ?? "";
  const ports = { PORT_HTTP: await freePort(), PORT_GRPC: await freePort() };
  const portTexts = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  // Long enough for orders to be seen in work.
  project = new ComposeProject(engine, name, { ...images, ...portTexts, PROCESS_MS: "2000", GRPC_TOKEN: token });
  api = new OrdersApi(ports.PORT_HTTP);
  await phase("build", () => project.compose(["build"], 600_000));
  await phase("up", () => up());
});

afterAll(async () => {
  await phase("clean up", async () => {
    try {
      await project?.compose(["down", "--volumes", "--rmi", "local", "--timeout", "5"]);
      if (hasStandIns) await removeStandIns(engine);
    } finally {
      await engine?.stop();
    }
  });
});

/** The images of `.env`, or stand-ins for them where no registry is reached. */
async function provideImages(): Promise<Record<string, string>> {
  const official = await baseImages(config);
  if (await canHave(engine, Object.values(official))) return official;
  report("no image registry is reached: stand-ins for the base images are made");
  hasStandIns = true;
  return makeStandIns(engine, config, report);
}

/** Brings everything up and waits until it is healthy; says what the containers say when it is not. */
async function up(...options: string[]): Promise<void> {
  const args = ["up", "--detach", "--wait", "--wait-timeout", "240", ...options];
  await project.compose(args, 300_000).catch(async (error) => {
    throw new Error(`${String(error)}\n${await project.complaints()}`);
  });
}

test("an order that is posted at the published port is completed", async () => {
  const id = await api.post();
  const [order] = await api.completed([id], 15_000);
  expect(order?.history.map(({ status }) => status)).toEqual(["pending", "processing", "completed"]);
});

test("the gateway answers at its published port whoever has the token", async () => {
  const { PORT_GRPC } = project.variables;
  const worker = new TestWorker(Number(PORT_GRPC), "compose-test", { token });
  const stranger = new TestWorker(Number(PORT_GRPC), "compose-test");
  try {
    const [result] = await worker.claim("01a2090f-79ac-7a03-964f-3256223620c7");
    expect(result).toMatchObject({ rejectionReason: RejectionReason.NOT_FOUND });
    await expect(stranger.send()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  } finally {
    worker.close();
    stranger.close();
  }
});

test("both ports are published to this machine only, and no others are", async () => {
  const published = (await project.containers()).flatMap(({ Config, NetworkSettings }) =>
    Object.entries(NetworkSettings.Ports)
      .filter(([, bindings]) => bindings?.length)
      .map(([port, bindings]) => [
        Config.Labels["com.docker.compose.service"],
        port,
        bindings?.map(({ HostIp }) => HostIp),
      ]),
  );
  expect(published.toSorted()).toEqual([
    ["grpc-gateway", "50051/tcp", ["127.0.0.1"]],
    ["http", "3000/tcp", ["127.0.0.1"]],
  ]);
});

test("every container is confined: no root, no capabilities, bounded memory, a root folder that cannot be written to", async () => {
  const containers = await project.containers();
  const seen = containers.map(({ Config, HostConfig, State, RestartCount }) => ({
    service: Config.Labels["com.docker.compose.service"],
    isRoot: /^(|0|root)(:|$)/.test(Config.User),
    isReadOnly: HostConfig.ReadonlyRootfs,
    capDrop: HostConfig.CapDrop,
    securityOpt: HostConfig.SecurityOpt,
    hasMemoryLimit: HostConfig.Memory > 0 && HostConfig.Memory <= 2 * 1024 ** 3,
    restart: HostConfig.RestartPolicy.Name,
    status: State.Status,
    exitCode: State.ExitCode,
    restarts: RestartCount,
  }));
  const confined = { isRoot: false, isReadOnly: true, capDrop: ["ALL"], securityOpt: ["no-new-privileges:true"] };
  expect(seen.toSorted((a, b) => String(a.service).localeCompare(String(b.service)))).toEqual(
    services.map((service) => {
      const isOnce = service === "migrate";
      const life = { restart: isOnce ? "no" : "unless-stopped", status: isOnce ? "exited" : "running" };
      return { service, ...confined, ...life, hasMemoryLimit: true, exitCode: 0, restarts: 0 };
    }),
  );
});

test("no process in a container is root's, and none can write where nothing is mounted", async () => {
  for (const { Id, State, Config } of await project.containers()) {
    if (State.Status !== "running") continue;
    const service = Config.Labels["com.docker.compose.service"];
    const users = (await docker(engine, ["top", Id, "-eo", "pid,uid"])).trim().split("\n").slice(1);
    expect(users.length, service).toBeGreaterThan(0);
    expect(
      users.filter((line) => /\s0$/.test(line)),
      service,
    ).toEqual([]);
  }
  for (const service of ["grpc-gateway", "http"]) {
    const write = `require("node:fs").writeFileSync("/app/written", "")`;
    await expect(project.compose(["exec", service, "node", "--eval", write])).rejects.toThrow("EROFS");
  }
});

test("the images are small", async () => {
  const sizes = new Map<string, number>();
  for (const service of ["worker-go", "grpc-gateway", "http"]) {
    sizes.set(service, (await project.imageSize(service)) / 1024 ** 2);
    report(`image of ${service}: ${sizes.get(service)?.toFixed(1)} MiB`);
  }
  expect(sizes.get("worker-go")).toBeLessThan(25);
  expect(sizes.get("grpc-gateway")).toBeLessThan(250);
});

test("orders survive the crash of the worker that has them in work, and it comes back", async () => {
  const ids = await api.postMany(50);
  await api.processing(ids);
  const [worker] = await project.containers("worker-go");
  await phase("kill -9 of the worker, and all are completed", async () => {
    // Of the process, as a crash would: a container that is killed by its engine counts as stopped on purpose.
    await killProcess(worker?.State.Pid ?? 0);
    await api.completed(ids, 30_000);
  });
  const orders = await Promise.all(ids.map((id) => api.get(id)));
  expect(new Set(orders.map(({ attempt }) => attempt))).toEqual(new Set([2]));
  const [restarted] = await project.containers("worker-go");
  expect(restarted).toMatchObject({ Id: worker?.Id, RestartCount: 1, State: { Status: "running" } });
});

/** Kills one process that the engine sees, from a container that sees what the engine sees. */
async function killProcess(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(1);
  const sees = ["run", "--rm", "--pid", "host", "--network", "none", "--user", "root", "--entrypoint", "sh"];
  await docker(engine, [...sees, nodeImage, "-c", `kill -9 ${pid}`]);
}

test("three workers share the orders", async () => {
  await phase("up --scale worker-go=3", () => up("--no-recreate", "--scale", "worker-go=3"));
  expect((await project.containers("worker-go")).map(({ State }) => State.Status)).toEqual(Array(3).fill("running"));
  const workers = new Set<string | undefined>();
  await until(
    "each of the three has completed some",
    async () => {
      const orders = await api.completed(await api.postMany(30), 15_000);
      for (const { history } of orders) workers.add(history.at(-1)?.worker);
      return workers.size >= 3;
    },
    60_000,
  );
  expect(workers.size).toBe(3);
});

test("orders in work are finished or released when everything is stopped, and go on when it is started again", async () => {
  const ids = await api.postMany(30);
  await api.processing(ids);
  await phase("stop", () => project.compose(["stop"]));
  const codes = (await project.containers()).map(({ Config, State }) => [
    Config.Labels["com.docker.compose.service"],
    State.ExitCode,
  ]);
  expect(codes.filter(([service, code]) => code !== 0 && service !== "http")).toEqual([]);
  await phase("up again", () => up("--no-recreate", "--scale", "worker-go=3"));
  const orders = await api.completed(ids, 30_000);
  expect(new Set(orders.map(({ attempt }) => attempt))).toEqual(new Set([1]));
});

test("down --volumes leaves nothing", async () => {
  await phase("down", () => project.compose(["down", "--volumes", "--rmi", "local"]));
  expect(await project.traces()).toEqual([]);
});
