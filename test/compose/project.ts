import { docker, type Engine } from "./engine/engine.ts";

/** What the test reads of `docker inspect`. */
export interface Container {
  readonly Id: string;
  readonly State: {
    readonly Pid: number;
    readonly Status: string;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string; readonly Log: readonly { readonly Output: string }[] };
  };
  readonly RestartCount: number;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: {
    readonly Memory: number;
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly RestartPolicy: { readonly Name: string };
  };
  readonly NetworkSettings: { readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string }[] | null>> };
}

/** The system of docker-compose.yml under a name and at ports of its own. */
export class ComposeProject {
  readonly #engine: Engine;
  readonly #name: string;
  readonly variables: Readonly<Record<string, string>>;

  /** @param variables of docker-compose.yml, instead of those of `.env` */
  constructor(engine: Engine, name: string, variables: Readonly<Record<string, string>>) {
    this.#engine = engine;
    this.#name = name;
    this.variables = variables;
  }

  /** Runs `docker compose <args>`; answers what it printed. */
  compose(args: readonly string[], timeoutMs?: number): Promise<string> {
    const files = ["docker-compose.yml", ...this.#engine.composeFiles];
    const common = ["--project-name", this.#name, "--project-directory", this.#engine.repository];
    const paths = files.flatMap((file) => ["--file", `${this.#engine.repository}/${file}`]);
    const options = { variables: this.variables, ...(timeoutMs && { timeoutMs }) };
    return docker(this.#engine, ["compose", "--ansi=never", "--progress=plain", ...common, ...paths, ...args], options);
  }

  /** Its containers, those that have ended as well, of one service or of all. */
  async containers(service?: string): Promise<Container[]> {
    const ids = (await this.compose(["ps", "--all", "--quiet", ...(service ? [service] : [])]))
      .split("\n")
      .filter(Boolean);
    return ids.length === 0 ? [] : JSON.parse(await docker(this.#engine, ["inspect", ...ids]));
  }

  /** What its containers logged last, and why some are not healthy. */
  async complaints(): Promise<string> {
    const logs = await this.compose(["logs", "--no-color", "--tail", "30"]);
    const unhealthy = (await this.containers()).flatMap(({ Config, State }) =>
      State.Health === undefined || State.Health.Status === "healthy"
        ? []
        : [
            `${Config.Labels["com.docker.compose.service"]} is ${State.Health.Status}: ${State.Health.Log.at(-1)?.Output}`,
          ],
    );
    return [logs, ...unhealthy].join("\n");
  }

  /** What the engine has of it: containers, volumes, networks and images, by their names. */
  async traces(): Promise<string[]> {
    const label = ["--filter", `label=com.docker.compose.project=${this.#name}`];
    const lists = [
      ["ps", "--all", ...label, "--format", "container {{.Names}}"],
      ["volume", "ls", ...label, "--format", "volume {{.Name}}"],
      ["network", "ls", ...label, "--format", "network {{.Name}}"],
      ["image", "ls", "--filter", `reference=${this.#name}*`, "--format", "image {{.Repository}}"],
    ];
    const printed = await Promise.all(lists.map((args) => docker(this.#engine, args)));
    return printed.join("").split("\n").filter(Boolean);
  }

  /** The size of a service's image, in bytes. */
  async imageSize(service: string): Promise<number> {
    return Number(
      await docker(this.#engine, ["image", "inspect", `${this.#name}-${service}`, "--format", "{{.Size}}"]),
    );
  }
}
