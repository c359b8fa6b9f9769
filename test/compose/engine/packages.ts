import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { downloadPackages, machineArchive } from "../../../infra/local/packages/apt.ts";
import { lastLines, run } from "../../../infra/local/process/run.ts";

/** What a small Debian needs that is to run shell scripts. */
const shell = ["base-files", "bash", "dash", "coreutils", "findutils", "grep", "sed", "mawk", "libc-bin", "procps"];

/** The packages of a tree, by its name in the cache folder. */
const trees = {
  /** A Docker engine and its client, with compose and buildx. */
  "docker-engine": [...shell, "docker.io", "docker-cli", "docker-compose", "docker-buildx", "iptables", "mount"],
  /** What the stand-ins of all base images share. */
  "docker-stand-ins": [
    ...shell,
    ...["tar", "passwd", "libstdc++6", "libatomic1"],
    ...["mysql-server-core", "mysql-client-core", "redis-server"],
  ],
} as const;

/** Of no use to a program that runs. */
const ballast = ["doc", "man", "info", "locale", "lintian", "perl"].map((name) => `usr/share/${name}`);

const alternatives = {
  "usr/bin/awk": "mawk",
  "usr/sbin/iptables": "iptables-nft",
  "usr/sbin/ip6tables": "ip6tables-nft",
};

/**
 * A folder in the cache into which packages of Debian's sid are unpacked, downloaded when absent. It is a complete root
 * folder: its programs run by a chroot, or in a container.
 *
 * @throws this is no Debian
 */
export async function packageTree(
  name: keyof typeof trees,
  cacheDir: string,
  report: (line: string) => void,
): Promise<string> {
  const folder = join(cacheDir, `${name}-debian-sid-${process.arch}`);
  if (existsSync(folder)) return folder;
  const archive = await machineArchive();
  if (archive === undefined) {
    throw new Error("Start Docker: on a machine that is no Debian an engine cannot be had in another way.");
  }
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(`${folder}.${process.pid}-`);
  try {
    report(`downloading ${name} as Debian packages (once)`);
    const tree = join(work, "root");
    for (const path of await downloadPackages({ ...archive, suite: "sid" }, [...trees[name]], join(work, "apt"))) {
      const { code, stderr } = await run("dpkg-deb", ["-x", path, tree]);
      if (code !== 0) throw new Error(`dpkg-deb -x ${path} failed:\n${lastLines(stderr, 5)}`);
    }
    await finish(tree);
    await rename(tree, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** What the packages' installation scripts, which do not run here, would have left. */
async function finish(tree: string): Promise<void> {
  await writeFile(join(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/bash\n");
  await writeFile(join(tree, "etc/group"), "root:x:0:\n");
  await rm(join(tree, "var/run"), { recursive: true, force: true });
  await symlink("/run", join(tree, "var/run"));
  for (const path of ballast) await rm(join(tree, path), { recursive: true, force: true });
  for (const [path, target] of Object.entries(alternatives)) {
    if (existsSync(join(tree, path, "..", target))) await symlink(target, join(tree, path));
  }
}
