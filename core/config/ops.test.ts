import { describe, expect, it } from "vitest";
import { readOpsConfig } from "./ops.ts";

const urls = { MYSQL_URL: "mysql://orders:secret@db.internal:3306/orders", REDIS_URL: "redis://cache.internal:6379" };

it("the operators' functions need no API keys, in whatever stage", () => {
  expect(readOpsConfig({ ...urls, STAGE: "prod", ARCHIVE_URL: "", AWS_ENDPOINT_URL: "" })).toEqual({
    ...{ ...urls, LOG_LEVEL: "info", STAGE: "prod", LEASE_MS: 10_000, MAX_ATTEMPTS: 5 },
  });
});

describe("the archive", () => {
  it.each([
    ["s3://orders-archive", { kind: "s3", bucket: "orders-archive", prefix: "" }],
    ["s3://orders-archive/", { kind: "s3", bucket: "orders-archive", prefix: "" }],
    ["s3://my.bucket-1/a/b", { kind: "s3", bucket: "my.bucket-1", prefix: "a/b/" }],
    ["s3://my.bucket-1/a/b/", { kind: "s3", bucket: "my.bucket-1", prefix: "a/b/" }],
    ["file:///var/lib/my%20orders", { kind: "folder", path: "/var/lib/my orders" }],
  ])("%s is understood", (ARCHIVE_URL, place) => {
    expect(readOpsConfig({ ...urls, ARCHIVE_URL }).ARCHIVE_URL).toEqual(place);
  });

  it.each([
    "orders-archive",
    "/var/archive",
    "https://bucket.s3.amazonaws.com",
    "s3://",
    "s3://x",
    "s3://Bucket",
    "s3://bucket/a?b=c",
    "file://",
    "file:///",
    "file:///%zz",
    "file://archive/folder",
  ])("%s is refused by the variable's name", (ARCHIVE_URL) => {
    expect(() => readOpsConfig({ ...urls, ARCHIVE_URL })).toThrow(
      "ARCHIVE_URL is malformed: expected s3://bucket/prefix or file:///folder",
    );
  });

  it("is no folder in the cloud", () => {
    const archive = { ARCHIVE_URL: "file:///tmp/archive" };
    for (const STAGE of ["dev", "local"])
      expect(readOpsConfig({ ...urls, ...archive, STAGE })).toMatchObject({ STAGE });
    expect(() => readOpsConfig({ ...urls, ...archive, STAGE: "prod" })).toThrow(
      "expected s3://bucket/prefix: the folders",
    );
  });
});
