import { textOf } from "../intrinsics.ts";
import { type Mutation, set, setAttribute } from "../mutation.ts";
import { type Named, property } from "../template.ts";

const database = "AWS::RDS::DBInstance";
const parameters = "AWS::RDS::DBParameterGroup";

/** The one bucket that is ours: the other is the framework's own. */
const isArchive = ({ id }: Named) => id !== "ServerlessDeploymentBucket";
const hasArchive = (lambda: Named) => textOf(property(lambda, "Environment", "Variables", "ARCHIVE_URL")) !== undefined;

export const durabilityMutations: readonly Mutation[] = [
  {
    what: "MySQL removed with its stack",
    change: setAttribute(database, "DeletionPolicy", "Delete"),
    finds: "set DeletionPolicy and UpdateReplacePolicy to Snapshot",
  },
  {
    what: "MySQL lost when it is replaced",
    change: setAttribute(database, "UpdateReplacePolicy", undefined),
    finds: "set DeletionPolicy and UpdateReplacePolicy to Snapshot",
  },
  {
    what: "MySQL that a click removes",
    change: set(database, ["DeletionProtection"], false),
    finds: "set DeletionProtection",
  },
  {
    what: "backups of one day",
    change: set(database, ["BackupRetentionPeriod"], 1),
    finds: "keep backups for 7 days",
  },
  {
    what: "commits that are not on the disk",
    change: set(parameters, ["Parameters", "innodb_flush_log_at_trx_commit"], "2"),
    finds: "innodb_flush_log_at_trx_commit must be 1",
  },
  {
    what: "a binlog that is not on the disk",
    change: set(parameters, ["Parameters", "sync_binlog"], "0"),
    finds: "sync_binlog must be 1",
  },
  {
    what: "a cache that evicts",
    change: set("AWS::ElastiCache::ParameterGroup", ["Properties", "maxmemory-policy"], "allkeys-lru"),
    finds: "set maxmemory-policy to noeviction",
  },
  {
    what: "an archive that is removed with the stack",
    change: setAttribute("AWS::S3::Bucket", "DeletionPolicy", undefined, isArchive),
    finds: "set DeletionPolicy and UpdateReplacePolicy to Retain",
  },
  {
    what: "an archive that leads nowhere",
    change: set(
      "AWS::Lambda::Function",
      ["Environment", "Variables", "ARCHIVE_URL"],
      "s3://somebody-elses/orders",
      hasArchive,
    ),
    finds: "ARCHIVE_URL: leads to no bucket of this stack",
  },
];
