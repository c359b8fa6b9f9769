import { referenceIn, textOf, textsIn } from "../intrinsics.ts";
import type { Stack } from "../stack.ts";
import { allResources, at, isTrue, listOf, property, resourcesOf, type Template } from "../template.ts";

/** Whatever keeps or carries orders and secrets is encrypted, and logs do not stay for ever. */
export function encryption({ template }: Stack): string[] {
  return [
    ...databases(template),
    ...caches(template),
    ...addresses(template),
    ...stores(template),
    ...messages(template),
    ...logs(template),
  ];
}

function databases(template: Template): string[] {
  const instances = resourcesOf(template, "AWS::RDS::DBInstance");
  return [
    ...instances
      .filter((database) => !isTrue(property(database, "StorageEncrypted")))
      .map(({ id }) => `${id}: set StorageEncrypted`),
    ...instances
      .filter((database) => {
        const group = template.Resources[referenceIn(property(database, "DBParameterGroupName")) ?? ""];
        return !/^(ON|1)$/.test(textOf(at(group?.Properties, "Parameters", "require_secure_transport")) ?? "");
      })
      .map(({ id }) => `${id}: require TLS by a parameter group with require_secure_transport: ON`),
    ...resourcesOf(template, "AWS::RDS::DBProxy")
      .filter((proxy) => !isTrue(property(proxy, "RequireTLS")))
      .map(({ id }) => `${id}: set RequireTLS`),
  ];
}

function caches(template: Template): string[] {
  return [
    // A cluster of this kind knows no TLS with a password.
    ...resourcesOf(template, "AWS::ElastiCache::CacheCluster").map(
      ({ id }) => `${id}: use a replication group, with TLS`,
    ),
    ...resourcesOf(template, "AWS::ElastiCache::ReplicationGroup").flatMap((cache) => [
      ...(isTrue(property(cache, "AtRestEncryptionEnabled")) ? [] : [`${cache.id}: set AtRestEncryptionEnabled`]),
      ...(isTrue(property(cache, "TransitEncryptionEnabled")) &&
      property(cache, "TransitEncryptionMode") !== "preferred"
        ? []
        : [`${cache.id}: require TLS by TransitEncryptionEnabled`]),
      ...((property(cache, "AuthToken") ?? property(cache, "UserGroupIds"))
        ? []
        : [`${cache.id}: has no AuthToken or UserGroupIds`]),
    ]),
  ];
}

/** The addresses that clients get: what they dial decides whether a connection is encrypted. */
function addresses(template: Template): string[] {
  return allResources(template).flatMap(({ id, Properties }) =>
    [...textsIn(Properties ?? {})].flatMap(({ text }) => {
      if (/\bredis:\/\//.test(text)) return [`${id}: reaches the cache without TLS; use rediss://`];
      return /\bmysql:\/\//.test(text) && !/[?&]ssl=/.test(text) ? [`${id}: reaches MySQL without ?ssl=`] : [];
    }),
  );
}

function stores(template: Template): string[] {
  return [
    ...resourcesOf(template, "AWS::S3::Bucket")
      .filter((bucket) => !listOf(property(bucket, "BucketEncryption", "ServerSideEncryptionConfiguration")).length)
      .map(({ id }) => `${id}: set BucketEncryption`),
    ...resourcesOf(template, "AWS::ECR::Repository")
      .filter((repository) => !property(repository, "EncryptionConfiguration", "EncryptionType"))
      .map(({ id }) => `${id}: state EncryptionConfiguration`),
    ...resourcesOf(template, "AWS::EFS::FileSystem", "AWS::DynamoDB::Table").map(
      ({ id }) => `${id}: is a store that no rule knows`,
    ),
  ];
}

/** Amazon's own key for SNS lets no alarm in, so that a topic of alarms cannot have it. */
function messages(template: Template): string[] {
  const isAlarmed = (id: string) =>
    resourcesOf(template, "AWS::CloudWatch::Alarm").some((alarm) =>
      listOf(property(alarm, "AlarmActions")).some((action) => referenceIn(action) === id),
    );
  return [
    ...resourcesOf(template, "AWS::SQS::Queue")
      .filter((queue) => !property(queue, "KmsMasterKeyId") && !isTrue(property(queue, "SqsManagedSseEnabled")))
      .map(({ id }) => `${id}: set SqsManagedSseEnabled`),
    ...resourcesOf(template, "AWS::SNS::Topic").flatMap((topic) => {
      const key = textOf(property(topic, "KmsMasterKeyId"));
      if (key === undefined) return isAlarmed(topic.id) ? [] : [`${topic.id}: set KmsMasterKeyId`];
      return key === "alias/aws/sns" && isAlarmed(topic.id)
        ? [`${topic.id}: alarms cannot use the key alias/aws/sns`]
        : [];
    }),
  ];
}

function logs(template: Template): string[] {
  const groups = resourcesOf(template, "AWS::Logs::LogGroup");
  const names = new Set(groups.map((group) => textOf(property(group, "LogGroupName"))));
  return [
    ...groups.filter((group) => !property(group, "RetentionInDays")).map(({ id }) => `${id}: set RetentionInDays`),
    ...resourcesOf(template, "AWS::Lambda::Function")
      .filter((lambda) => !names.has(`/aws/lambda/${textOf(property(lambda, "FunctionName"))}`))
      .map(({ id }) => `${id}: has no log group of its own, so that its logs stay for ever`),
  ];
}
