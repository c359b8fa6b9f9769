import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stateDir } from "../test/harness/state-dir.ts";
import { apiUrl, findApi, isLoopback } from "./api-target.ts";

type Environment = Readonly<Record<string, string>>;
const urlAt = async (stage: string, env: Environment) => (await findApi({ stage }, env)).url;

describe("the API is", () => {
  it("for dev where npm start says that it runs, or at PORT_HTTP, or at the default port", async () => {
    const running = stateDir({ started: { PORT_HTTP: "4711" } });
    expect(await urlAt("dev", running)).toBe("http://127.0.0.1:4711");
    expect(await urlAt("dev", { ...running, PORT_HTTP: "4712" })).toBe("http://127.0.0.1:4712");
    expect(await urlAt("dev", stateDir({}))).toBe("http://127.0.0.1:3000");
  });

  it("for local that of the stack which was deployed to the emulator", async () => {
    const running = stateDir({ emulated: { PORT_EMULATOR: "4713" } });
    await expect(urlAt("local", running)).rejects.toThrow("npm run deploy:local first");
    const deployed = join(running.ORDERS_STATE_DIR, "local-stack/deployed");
    mkdirSync(deployed, { recursive: true });
    const HttpApi = { Properties: { Tags: { "ms-custom-id": "api4711" } } };
    const template = JSON.stringify({ Resources: { HttpApi } });
    writeFileSync(join(deployed, "cloudformation-template-update-stack.json"), template);
    expect(await urlAt("local", running)).toBe("http://127.0.0.1:4713/_aws/execute-api/api4711/$default");
  });

  it("for any other stage not known", async () => {
    await expect(urlAt("prod", stateDir({}))).rejects.toThrow("set --url or ORDERS_URL");
  });

  it.each(["dev", "local", "prod"])("for %s at ORDERS_URL when that is set, and before all at --url", async (stage) => {
    const env = { ...stateDir({}), ORDERS_URL: "https://orders.example.com/v1/" };
    expect(await urlAt(stage, env)).toBe("https://orders.example.com/v1");
    expect((await findApi({ stage, url: "http://127.0.0.1:9" }, env)).url).toBe("http://127.0.0.1:9");
  });
});

it.each(["orders.example.com", "ftp://orders", "http://user:secret@orders", "http://orders/?key=1", ""])(
  "%j is no address of an API",
  async (text) => {
    expect(() => apiUrl(text)).toThrow("An address such as");
    if (text !== "") await expect(urlAt("dev", { ...stateDir({}), ORDERS_URL: text })).rejects.toThrow("ORDERS_URL");
  },
);

it("a key that no header can carry is refused without being told", async () => {
  const refused = findApi({ stage: "dev" }, { ...stateDir({}), ORDERS_API_KEY: "geheim\n" });
  await expect(refused).rejects.toThrow(/^ORDERS_API_KEY has a space or another character/);
  await expect(refused).rejects.not.toThrow("geheim");
});

it.each([
  ["http://127.0.0.1:3000", true],
  ["http://127.8.9.1", true],
  ["http://localhost:3000", true],
  ["http://api.execute-api.localhost:4566", true],
  ["http://[::1]:3000", true],
  ["http://10.0.0.1", false],
  ["http://127.0.0.1.example.com", false],
  ["https://localhost.example.com", false],
])("%s is of this machine: %s", (url, isIt) => expect(isLoopback(url)).toBe(isIt));
