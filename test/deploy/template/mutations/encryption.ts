import { add, type Mutation, set } from "../mutation.ts";

const cache = "AWS::ElastiCache::ReplicationGroup";

export const encryptionMutations: readonly Mutation[] = [
  {
    what: "MySQL in plain text on its disk",
    change: set("AWS::RDS::DBInstance", ["StorageEncrypted"], false),
    finds: "set StorageEncrypted",
  },
  {
    what: "MySQL that takes connections without TLS",
    change: set("AWS::RDS::DBParameterGroup", ["Parameters", "require_secure_transport"], "OFF"),
    finds: "require TLS by a parameter group",
  },
  {
    what: "a cache in plain text on its disk",
    change: set(cache, ["AtRestEncryptionEnabled"], undefined),
    finds: "set AtRestEncryptionEnabled",
  },
  {
    what: "a cache without TLS",
    change: set(cache, ["TransitEncryptionEnabled"], false),
    finds: "require TLS by TransitEncryptionEnabled",
  },
  {
    what: "a cache that takes connections without TLS, too",
    change: set(cache, ["TransitEncryptionMode"], "preferred"),
    finds: "require TLS by TransitEncryptionEnabled",
  },
  {
    what: "a cache of the kind that has no TLS",
    change: add({ Type: "AWS::ElastiCache::CacheCluster" }),
    finds: "Added: use a replication group",
  },
  {
    what: "an address of MySQL without TLS",
    change: add({
      Type: "AWS::SSM::Parameter",
      Properties: { Value: { "Fn::Join": ["", ["mysql://", { Ref: "Host" }, "/orders"]] } },
    }),
    finds: "Added: reaches MySQL without ?ssl=",
  },
  {
    what: "an address of the cache without TLS",
    change: add({
      Type: "AWS::SSM::Parameter",
      Properties: { Value: { "Fn::Join": ["", ["redis", "://cache:6379"]] } },
    }),
    finds: "Added: reaches the cache without TLS",
  },
  {
    what: "a bucket that does not say how it is encrypted",
    change: set("AWS::S3::Bucket", ["BucketEncryption"], undefined),
    finds: "set BucketEncryption",
  },
  {
    what: "a queue in plain text",
    change: add({ Type: "AWS::SQS::Queue", Properties: {} }),
    finds: "Added: set SqsManagedSseEnabled",
  },
  {
    what: "a topic in plain text that is not the alarms'",
    change: add({ Type: "AWS::SNS::Topic", Properties: {} }),
    finds: "Added: set KmsMasterKeyId",
  },
  {
    what: "a topic with a key that lets no alarm in",
    change: set("AWS::SNS::Topic", ["KmsMasterKeyId"], "alias/aws/sns"),
    finds: "alarms cannot use the key alias/aws/sns",
  },
  {
    what: "a store that no rule knows",
    change: add({ Type: "AWS::DynamoDB::Table" }),
    finds: "Added: is a store that no rule knows",
  },
  {
    what: "logs that stay for ever",
    change: set("AWS::Logs::LogGroup", ["RetentionInDays"], undefined),
    finds: "set RetentionInDays",
  },
  {
    what: "a function that makes its log group by itself",
    change: set("AWS::Lambda::Function", ["FunctionName"], "unheard-of"),
    finds: "has no log group of its own",
  },
];
