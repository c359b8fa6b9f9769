import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";

/** How often the stack is looked at, and how long its creation, update or removal may take, in milliseconds. */
const patience = { intervalMs: 200, timeoutMs: 120_000 };
const expectedStatus = { create: "CREATE_COMPLETE", update: "UPDATE_COMPLETE", delete: "DELETE_COMPLETE" };

/**
 * Lets serverless work with a local AWS emulator; does nothing unless `AWS_ENDPOINT_URL` leads to one. The emulator does
 * not validate templates that lie in its S3, and the events by which serverless follows a stack never end there.
 */
export default class Emulator {
  constructor(serverless) {
    this.hooks = {};
    // biome-ignore lint/style/noProcessEnv: it is the SDK's own variable, which serverless does not read itself.
    if (!process.env.AWS_ENDPOINT_URL) return;
    this.hooks = {
      initialize: () => correct(serverless),
      "after:aws:package:finalize:mergeCustomProviderResources": () => pinApiId(serverless),
    };
  }
}

function correct(serverless) {
  const cloudFormation = cloudFormationOf(serverless);
  const failure = (text) => new serverless.classes.Error(text, "EMULATED_STACK_FAILED");
  for (const plugin of serverless.pluginManager.getPlugins()) {
    if (typeof plugin.validateTemplate === "function") plugin.validateTemplate = async () => {};
    if (typeof plugin.monitorStack === "function") {
      plugin.monitorStack = (action, stack) =>
        stack === "alreadyCreated" ? undefined : completion(cloudFormation, failure, action, stack.StackId);
    }
  }
}

/** The API keeps its address when the stack is made anew: its id follows from the stack's name. */
function pinApiId(serverless) {
  const { service } = serverless;
  const api = service.provider.compiledCloudFormationTemplate.Resources.HttpApi;
  if (api === undefined) return;
  const name = `${service.service}-${serverless.getProvider("aws").getStage()}`;
  const id = createHash("sha256").update(name).digest("hex").slice(0, 8);
  api.Properties.Tags = { ...api.Properties.Tags, "ms-custom-id": id };
}

/** What serverless itself asks CloudFormation with, as it is found from there. */
function cloudFormationOf(serverless) {
  const load = createRequire(createRequire(import.meta.url).resolve("serverless/package.json"));
  const { DescribeStacksCommand, DescribeStackEventsCommand } = load("@aws-sdk/client-cloudformation");
  const send = async (command) => (await serverless.getProvider("aws").getCloudFormationClient()).send(command);
  return {
    stack: async (StackName) => (await send(new DescribeStacksCommand({ StackName }))).Stacks?.[0],
    events: async (StackName) => (await send(new DescribeStackEventsCommand({ StackName }))).StackEvents ?? [],
  };
}

/** Waits until the stack is as it should be; rejects with the stack's own reason when it cannot be. */
export async function completion(cloudFormation, failure, action, stackId, { intervalMs, timeoutMs } = patience) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const status = await statusOf(cloudFormation, action, stackId);
    if (status === expectedStatus[action]) return status;
    if (!status.endsWith("_IN_PROGRESS")) {
      const reasons = await reasonsOf(cloudFormation, stackId);
      throw failure(`The stack's ${action} ended as ${status}: ${reasons}`);
    }
    if (performance.now() > deadline) {
      throw failure(`The stack's ${action} did not end within ${timeoutMs / 1000} s: it is ${status}`);
    }
    await delay(intervalMs);
  }
}

async function statusOf(cloudFormation, action, stackId) {
  try {
    return (await cloudFormation.stack(stackId))?.StackStatus ?? "DELETE_COMPLETE";
  } catch (error) {
    if (action === "delete" && /does not exist/.test(error.message)) return "DELETE_COMPLETE";
    throw error;
  }
}

/** Why resources failed, the first failure first: what follows it is often its consequence. */
async function reasonsOf(cloudFormation, stackId) {
  const events = await cloudFormation.events(stackId);
  const failed = events.filter(({ ResourceStatus }) => ResourceStatus?.endsWith("_FAILED")).reverse();
  const lines = failed.map(
    ({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
  );
  return lines.length === 0 ? "it gives no reason" : [...new Set(lines)].join("\n  ");
}
