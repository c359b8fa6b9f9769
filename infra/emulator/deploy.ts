/** `npm run deploy:local`: deploys the stack to a local AWS emulator, which stays running with all that the stack needs. */
import { runningTable } from "../local/console/table.ts";
import { seconds, type Terminal } from "../local/console/terminal.ts";
import { readEnvFile } from "../local/env-file.ts";
import { messageOf, StartFailure } from "../local/failure.ts";
import { runningParts } from "../local/parts.ts";
import { until } from "../local/process/wait.ts";
import { expectHealthy } from "../local/steps/health.ts";
import { apiAddress, apiPathAddress, emulatorAddress, emulatorPort } from "./address.ts";
import { runCommand } from "./command.ts";
import { readEmulatorConfig } from "./config.ts";
import { expectEmulator } from "./plan.ts";
import { type Deployment, deployedApiId, deployStack } from "./serverless.ts";
import { replaceChanged, servicesReady } from "./service-versions.ts";
import { openStackDir, runningSettings, takeTurn } from "./stack-dir.ts";
import { startSupervisor } from "./supervisor-process.ts";

const whatHelps = "correct it and npm run deploy:local again, or npm run remove:local to stop everything.";
const whatNext =
  "It keeps running: npm run deploy:local deploys what you change, npm run remove:local removes and stops it.";

await runCommand(async (terminal) => {
  const begun = performance.now();
  const { local: config } = readEmulatorConfig();
  const stack = openStackDir(config.stateDir);
  const release = await takeTurn(stack, terminal.line);
  try {
    const running = await runningSettings(stack);
    if (running === undefined) await startSupervisor(config, stack, terminal.line);
    const deployment = { config, stack, settings: running ?? readEnvFile(stack.envFile) };
    await deploy(terminal, deployment, running !== undefined).catch(keepsRunning);
    const took = seconds(performance.now() - begun);
    terminal.line([...(await announcement(deployment)), "", `deployed in ${took}. ${whatNext}`].join("\n"));
  } finally {
    release();
  }
});

/** To a stack that runs already, gateway and worker are brought up to date as well. */
async function deploy(terminal: Terminal, deployment: Deployment, isRunning: boolean): Promise<void> {
  const port = emulatorPort(deployment.settings);
  const look = { timeoutMs: 60_000, what: "The emulator did not answer" };
  await until(() => expectEmulator(port), look).catch(failure(deployment, "emulator"));
  await terminal.step("deploy", () => deployStack(deployment));
  await terminal.step("services", async (detail) => {
    const replaced = isRunning ? await replaceChanged(deployment) : [];
    if (replaced.length > 0) detail(`${replaced.join(" and ")} replaced`);
    await servicesReady(deployment);
  });
  const health = `${apiPathAddress(port, await deployedApiId(deployment.stack))}/health`;
  await until(() => expectHealthy(health), { timeoutMs: 20_000, what: "The API did not become healthy" }).catch(
    failure(deployment, "emulator"),
  );
}

async function announcement({ stack, settings }: Deployment): Promise<string[]> {
  const port = emulatorPort(settings);
  const apiId = await deployedApiId(stack);
  const api = apiAddress(port, apiId);
  const order = `'{"item":"Laptop","quantity":2,"price":1299.99}'`;
  const parts = runningParts(stack, settings, { component: "emulator", where: emulatorAddress(port) });
  return [
    ...["", ...runningTable(parts), ""],
    `API  ${api}`,
    `     ${apiPathAddress(port, apiId)}, for clients that do not know names under localhost`,
    ...["", `Dashboard: ${api}/`, "", "Try it:"],
    `  curl -i -X POST ${api}/orders -H 'Content-Type: application/json' -d ${order}`,
  ];
}

/** What was started need not be started again for the next try. */
function keepsRunning(error: unknown): never {
  if (!(error instanceof StartFailure)) throw error;
  throw new StartFailure(`${error.message}\n\nWhat runs keeps running: ${whatHelps}`, { cause: error });
}

function failure({ stack }: Deployment, component: string): (error: unknown) => never {
  return (error) => {
    throw new StartFailure(`${messageOf(error)}; its log is ${stack.log(component)}`, { cause: error });
  };
}
