import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The process that listens on a TCP port, as "node (pid 123)"; undefined where this cannot be seen (Linux only). */
export function portOwner(port: number): string | undefined {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) {
    return undefined;
  }
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const links = readdirSync(`/proc/${pid}/fd`).map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`));
      if (links.some((link) => inodes.has(link))) {
        return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
      }
    } catch {
      // Another user's process, or one that has just ended.
    }
  }
  return undefined;
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** proc(5), /proc/net/tcp: local address is field 1 in hexadecimal, state field 3 (0A is LISTEN), inode field 9. */
function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const found = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    let text = "";
    try {
      text = readFileSync(table, "utf8");
    } catch {
      continue; // Not Linux, or no IPv6.
    }
    for (const line of text.split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(suffix) && fields[3] === "0A") {
        found.add(`socket:[${fields[9]}]`);
      }
    }
  }
  return found;
}
