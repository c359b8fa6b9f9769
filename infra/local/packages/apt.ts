import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartFailure } from "../failure.ts";
import { lastLines, run } from "../process/run.ts";
import { type AptSource, mainArchive, parseDeb822, parseOneLine } from "./apt-sources.ts";

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The Debian archive that this machine uses for itself; undefined on any other system. */
export async function machineArchive(): Promise<AptSource | undefined> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (!/^ID="?debian"?$/m.test(release)) {
    return undefined;
  }
  const sources = parseOneLine(await readFile("/etc/apt/sources.list", "utf8").catch(() => ""));
  const parts = "/etc/apt/sources.list.d";
  for (const name of (await readdir(parts).catch(() => [])).sort()) {
    if (name.endsWith(".sources")) {
      sources.push(...parseDeb822(await readFile(join(parts, name), "utf8")));
    } else if (name.endsWith(".list")) {
      sources.push(...parseOneLine(await readFile(join(parts, name), "utf8")));
    }
  }
  return mainArchive(sources);
}

/**
 * Downloads packages of an archive with everything that they depend on, by an apt whose folders all lie under
 * `folder`: the system's own package state is neither read nor written. Returns the paths of the packages.
 */
export async function downloadPackages(archive: AptSource, names: string[], folder: string): Promise<string[]> {
  const configFile = await writeAptFolders(archive, folder);
  await apt(configFile, ["update"]);
  await apt(configFile, ["install", "--yes", "--no-install-recommends", "--download-only", ...names]);
  const archives = join(folder, "cache/archives");
  return (await readdir(archives)).filter((name) => name.endsWith(".deb")).map((name) => join(archives, name));
}

async function writeAptFolders(archive: AptSource, folder: string): Promise<string> {
  for (const name of ["state", "lists/partial", "cache/archives/partial", "log"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const keyrings = [...new Set([...archive.signedBy, debianKeyring])].filter((path) => existsSync(path));
  const options = keyrings.length > 0 ? `[signed-by=${keyrings.join(",")}] ` : "";
  await writeFile(join(folder, "sources.list"), `deb ${options}${archive.uri} ${archive.suite} main\n`);
  await writeFile(join(folder, "status"), "");
  const configFile = join(folder, "apt.conf");
  await writeFile(configFile, aptConfig(folder));
  return configFile;
}

/** The machine's own settings, such as a proxy, stay; its hooks do not run, as they would touch the system. */
function aptConfig(folder: string): string {
  return `
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${folder}/state";
Dir::State::lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Log "${folder}/log";
Debug::NoLocking "1";
APT::Sandbox::User "";
APT::Get::List-Cleanup "0";
Acquire::Retries "2";
Acquire::http::Timeout "20";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
`;
}

async function apt(configFile: string, args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run("apt-get", ["-q", "-c", configFile, ...args], { timeoutMs: 600_000 });
  if (code !== 0) {
    throw new StartFailure(`apt-get ${args[0]} failed:\n${lastLines(stderr || stdout, 8)}`);
  }
}
