import { afterEach, describe, expect, it, vi } from "vitest";

// The plugin is plain JavaScript, as serverless loads it: what is used of it is told here.
const path = new URL("./emulator.mjs", import.meta.url).href;
const { default: Emulator, completion } = (await import(path)) as {
  default: new (serverless: object) => { hooks: Record<string, () => void> };
  completion: (
    cloudFormation: object,
    failure: (text: string) => Error,
    action: string,
    stackId: string,
    patience: { intervalMs: number; timeoutMs: number },
  ) => Promise<string>;
};

afterEach(() => vi.unstubAllEnvs());

describe("the plugin", () => {
  it("does nothing where no emulator is meant", () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "");
    expect(new Emulator({}).hooks).toEqual({});
  });

  it("gives the API of a stack always the same id, of the form that the emulator knows", () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    const idIn = (stage: string): string => {
      const api = { Properties: { Tags: { kept: "yes" } as Record<string, string> } };
      const provider = { compiledCloudFormationTemplate: { Resources: { HttpApi: api } } };
      const serverless = { service: { service: "orders", provider }, getProvider: () => ({ getStage: () => stage }) };
      new Emulator(serverless).hooks["after:aws:package:finalize:mergeCustomProviderResources"]?.();
      expect(api.Properties.Tags.kept).toBe("yes");
      return api.Properties.Tags["ms-custom-id"] ?? "";
    };
    expect(idIn("local")).toMatch(/^[0-9a-f]{8}$/);
    expect(idIn("local")).toBe(idIn("local"));
    expect(idIn("local")).not.toBe(idIn("other"));
  });
});

describe("waiting for a stack", () => {
  /** A stack that is in these statuses one after the other, and stays in the last. */
  function wait(action: string, statuses: readonly string[], events: object[] = []): Promise<string> {
    const left = [...statuses];
    const stack = async () => ({ StackStatus: left.length > 1 ? left.shift() : left[0] });
    const cloudFormation = { stack, events: async () => events };
    const failure = (text: string) => new Error(text);
    return completion(cloudFormation, failure, action, "orders-local", { intervalMs: 1, timeoutMs: 50 });
  }

  it.each([
    { action: "create", statuses: ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"] },
    { action: "update", statuses: ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"] },
    { action: "delete", statuses: ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"] },
  ])("ends when its $action is complete", async ({ action, statuses }) => {
    expect(await wait(action, statuses)).toBe(statuses.at(-1));
  });

  it("fails with the stack's reasons, the first one first", async () => {
    const events = [
      { LogicalResourceId: "Api", ResourceStatus: "CREATE_FAILED", ResourceStatusReason: "cancelled" },
      { LogicalResourceId: "Queue", ResourceStatus: "CREATE_FAILED", ResourceStatusReason: "no such type" },
      { LogicalResourceId: "Role", ResourceStatus: "CREATE_COMPLETE" },
    ];
    await expect(wait("create", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"], events)).rejects.toThrow(
      "The stack's create ended as ROLLBACK_COMPLETE: Queue: no such type\n  Api: cancelled",
    );
  });

  it("fails when it does not end, with where it stands", async () => {
    await expect(wait("update", ["UPDATE_IN_PROGRESS"])).rejects.toThrow(
      "The stack's update did not end within 0.05 s: it is UPDATE_IN_PROGRESS",
    );
  });

  it("takes a stack that is gone for a deleted one, and only then", async () => {
    const gone = new Error("Stack with id orders-local does not exist");
    const cloudFormation = { stack: () => Promise.reject(gone) };
    const waiting = (action: string) =>
      completion(cloudFormation, Error, action, "orders-local", { intervalMs: 1, timeoutMs: 50 });
    expect(await waiting("delete")).toBe("DELETE_COMPLETE");
    await expect(waiting("update")).rejects.toThrow(gone);
  });
});
