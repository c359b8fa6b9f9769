import type { TestProject } from "vitest/node";
import { readLocalConfig } from "../../infra/local/config.ts";
import { startTestServers } from "../../infra/local/test-servers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A MySQL whose user may create databases named `orders…`, and users with privileges on them. */
    mysqlUrl: string;
    /** A Redis with 256 logical databases. */
    redisUrl: string;
  }
}

/**
 * One MySQL and one Redis for all tests of a run: those of `TEST_MYSQL_URL` and `TEST_REDIS_URL`, which `npm test` sets,
 * or else two that are started here. They are not `MYSQL_URL` and `REDIS_URL`, which may lead to data that somebody
 * needs.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { TEST_MYSQL_URL, TEST_REDIS_URL } = process.env;
  if (TEST_MYSQL_URL && TEST_REDIS_URL) {
    project.provide("mysqlUrl", TEST_MYSQL_URL);
    project.provide("redisUrl", TEST_REDIS_URL);
    return undefined;
  }
  const servers = await startTestServers(readLocalConfig(), (line) => process.stderr.write(`${line}\n`));
  project.provide("mysqlUrl", servers.mysqlUrl);
  project.provide("redisUrl", servers.redisUrl);
  return servers.stop;
}
