import type { LocalConfig } from "../../../infra/local/config.ts";
import { logTail } from "../../../infra/local/process/log-file.ts";
import { until } from "../../../infra/local/process/wait.ts";
import { docker, type Engine } from "./engine.ts";
import { startInNamespaces } from "./namespaces.ts";
import { packageTree } from "./packages.ts";

/**
 * Starts a Docker engine of Debian's in namespaces of its own, with all of its data in a temporary folder of the cache.
 * Nothing is installed, and when it has stopped nothing of it is left but its packages in the cache.
 *
 * @throws it cannot be had here: no Linux, no root, no Debian
 */
export async function startEngine(config: LocalConfig, report: (line: string) => void): Promise<Engine> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new Error(
      "No Docker engine answers. Start Docker; or be root on a Debian, where one is started for the test.",
    );
  }
  const tree = await packageTree("docker-engine", config.cacheDir, report);
  const { name, state, logFile, enter, ended, stop } = await startInNamespaces(tree, config);
  const engine: Engine = {
    description: "a Docker engine from Debian packages, started for the test",
    // The machine's programs and settings are not those of the tree.
    client: [...enter, "env", "--ignore-environment", "--chdir=/repository", "PATH=/usr/sbin:/usr/bin"],
    repository: "/repository",
    temporary: { here: state, there: "/state" },
    composeFiles: ["test/compose/engine/host-network.yml"],
    variables: { DOCKER_HOST: "unix:///state/docker.sock", HOME: "/tmp", TEST_BRIDGE: name },
    stop,
  };
  try {
    const look = () => docker(engine, ["version", "--format", "{{.Server.Version}}"]);
    const what = "the Docker engine does not answer";
    const version = await until(look, { timeoutMs: 60_000, signal: ended, what });
    return { ...engine, description: `${engine.description} (${version.trim()})` };
  } catch (error) {
    const log = logTail(logFile, 20);
    await stop();
    throw new Error(`${String(error)}\nIts log ends with:\n${log}`, { cause: error });
  }
}
