import { referenceIn, textOf } from "../intrinsics.ts";
import type { Stack } from "../stack.ts";
import { at, isTrue, type Named, property, resourcesOf, type Template } from "../template.ts";

/** How many days back MySQL must be restorable. */
const minBackupDays = 7;

/** What has been accepted survives: a removal of the stack, a replacement, and a mistake. */
export function durability(stack: Stack): string[] {
  const { template } = stack;
  return [
    ...resourcesOf(template, "AWS::RDS::DBInstance").flatMap(ofDatabase),
    ...resourcesOf(template, "AWS::RDS::DBParameterGroup").flatMap(ofParameters),
    ...resourcesOf(template, "AWS::ElastiCache::ReplicationGroup").flatMap((cache) => ofCache(template, cache)),
    ...archives(stack),
  ];
}

function ofDatabase(database: Named): string[] {
  const policies = [database.DeletionPolicy, database.UpdateReplacePolicy];
  const isKept = policies.every((policy) => policy === "Snapshot" || policy === "Retain");
  return [
    ...(isKept ? [] : [`${database.id}: set DeletionPolicy and UpdateReplacePolicy to Snapshot`]),
    ...(isTrue(property(database, "DeletionProtection")) ? [] : [`${database.id}: set DeletionProtection`]),
    ...(Number(property(database, "BackupRetentionPeriod") ?? 1) >= minBackupDays
      ? []
      : [`${database.id}: keep backups for ${minBackupDays} days (BackupRetentionPeriod)`]),
  ];
}

/** The bounds of the promise: every commit is on the disk. */
function ofParameters(group: Named): string[] {
  return ["sync_binlog", "innodb_flush_log_at_trx_commit"].flatMap((name) => {
    const value = textOf(property(group, "Parameters", name));
    return value === undefined || value === "1" ? [] : [`${group.id}: ${name} must be 1, or a crash loses orders`];
  });
}

/** A cache that evicts loses parts of the queue when it is full; one that refuses has them repaired from MySQL. */
function ofCache(template: Template, cache: Named): string[] {
  const group = template.Resources[referenceIn(property(cache, "CacheParameterGroupName")) ?? ""];
  const policy = textOf(at(group?.Properties, "Properties", "maxmemory-policy"));
  return policy === "noeviction" ? [] : [`${cache.id}: set maxmemory-policy to noeviction by its parameter group`];
}

/** The bucket of ARCHIVE_URL holds the only copy of what was archived. */
function archives({ template }: Stack): string[] {
  const urls = resourcesOf(template, "AWS::Lambda::Function").flatMap((lambda) => {
    const url = textOf(property(lambda, "Environment", "Variables", "ARCHIVE_URL"));
    return url === undefined || url === "" ? [] : [url];
  });
  const named = new Set(urls.map((url) => /^s3:\/\/\$\{(\w+)\}/.exec(url)?.[1] ?? ""));
  const unknown = [...named].filter((id) => template.Resources[id]?.Type !== "AWS::S3::Bucket");
  return [
    ...(named.size === 0 || unknown.length > 0 ? ["ARCHIVE_URL: leads to no bucket of this stack"] : []),
    ...resourcesOf(template, "AWS::S3::Bucket")
      .filter(({ id, DeletionPolicy, UpdateReplacePolicy }) => {
        return named.has(id) && !(DeletionPolicy === "Retain" && UpdateReplacePolicy === "Retain");
      })
      .map(({ id }) => `${id}: set DeletionPolicy and UpdateReplacePolicy to Retain`),
  ];
}
