import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { ArchiveStore } from "./store.ts";

/** How long one try of a request may take, in milliseconds: three of them fit into the time of a transaction. */
const requestTimeoutMs = 5_000;

/** Keeps files as objects in an S3 bucket; S3 has stored an object durably when it answers. */
export function bucketStore(place: { bucket: string; prefix: string; isEmulated: boolean }): ArchiveStore {
  const s3 = new S3Client({
    forcePathStyle: place.isEmulated,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  });
  return {
    put: async ({ name, bytes }) => {
      const key = `${place.prefix}${name}`;
      const object = { Bucket: place.bucket, Key: key, Body: bytes, ContentType: "application/gzip" };
      await s3.send(new PutObjectCommand(object)).catch((error: unknown) => {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        throw new Error(`the archive s3://${place.bucket} did not take a file: ${reason}`, { cause: error });
      });
      return `s3://${place.bucket}/${key}`;
    },
  };
}
