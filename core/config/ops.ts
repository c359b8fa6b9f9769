import * as z from "zod";
import { checkUserUrls } from "./database-users.ts";
import { type Environment, logLevel, mysqlUrl, readConfig, redisUrl } from "./env.ts";
import { orderPolicy } from "./policy.ts";

/** Where files of archived orders go. */
type ArchivePlace =
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Empty, or ends with a slash. */
      readonly prefix: string;
    }
  | { readonly kind: "folder"; readonly path: string };

const archiveExpected = "expected s3://bucket/prefix or file:///folder";

const archiveUrl = z
  .string()
  .refine((text) => archivePlace(text) !== undefined, archiveExpected)
  .transform((text) => archivePlace(text) as ArchivePlace)
  .optional();

const schema = z
  .object({
    /** The handlers' user; when there is no MYSQL_OWNER_URL, one user for all. */
    MYSQL_URL: mysqlUrl,
    /** The owner of the schema, for the function `ops` alone: it migrates, archives and redrives. */
    MYSQL_OWNER_URL: mysqlUrl.optional(),
    /** The gateway's user, whom a migration makes. */
    MYSQL_GATEWAY_URL: mysqlUrl.optional(),
    REDIS_URL: redisUrl,
    LOG_LEVEL: logLevel,
    /** As the gateway has them, for the doctor to compare. */
    LEASE_MS: orderPolicy.LEASE_MS,
    MAX_ATTEMPTS: orderPolicy.MAX_ATTEMPTS,
    /** The deployment's stage; `dev` is this machine's. */
    STAGE: z.string().default("dev"),
    /** Where `archive` writes to; without it nothing can be archived. */
    ARCHIVE_URL: archiveUrl,
    /** Set for an emulator of AWS, whose buckets have no host names of their own. */
    AWS_ENDPOINT_URL: z.string().optional(),
  })
  .refine(({ STAGE, ARCHIVE_URL }) => ARCHIVE_URL?.kind !== "folder" || STAGE === "dev" || STAGE === "local", {
    path: ["ARCHIVE_URL"],
    message: "expected s3://bucket/prefix: the folders of a Lambda in the cloud vanish with it",
  })
  .superRefine(({ MYSQL_URL, MYSQL_OWNER_URL, MYSQL_GATEWAY_URL }, context) => {
    const handlers = { name: "MYSQL_URL", url: MYSQL_URL };
    const owner = MYSQL_OWNER_URL === undefined ? handlers : { name: "MYSQL_OWNER_URL", url: MYSQL_OWNER_URL };
    const gateway = MYSQL_GATEWAY_URL === undefined ? [] : [{ name: "MYSQL_GATEWAY_URL", url: MYSQL_GATEWAY_URL }];
    checkUserUrls(owner, owner === handlers ? gateway : [handlers, ...gateway], context);
  });

export type OpsConfig = z.output<typeof schema>;

/** Reads the configuration of the functions for operators: `ops` and `reportMetrics`. */
export function readOpsConfig(environment: Environment = process.env): OpsConfig {
  return readConfig(schema, environment);
}

function archivePlace(text: string): ArchivePlace | undefined {
  const url = URL.parse(text);
  if (url === null || url.search !== "" || url.hash !== "") return undefined;
  const path = decoded(url.pathname);
  if (path === undefined) return undefined;
  if (url.protocol === "file:") return url.host === "" && path.length > 1 ? { kind: "folder", path } : undefined;
  // Amazon S3 User Guide, "General purpose bucket naming rules".
  if (url.protocol !== "s3:" || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.host)) return undefined;
  const prefix = path.replace(/^\/+|\/+$/g, "");
  return { kind: "s3", bucket: url.host, prefix: prefix === "" ? "" : `${prefix}/` };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
