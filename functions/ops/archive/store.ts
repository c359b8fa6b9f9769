import type { OpsConfig } from "../../../core/config/ops.ts";
import type { ArchiveFile } from "./file.ts";
import { folderStore } from "./folder.ts";

/** Where files of archived orders are kept. */
export interface ArchiveStore {
  /** Writes a file, in the place of one of the same name. When this returns the file is durable. Answers where it is. */
  put(file: ArchiveFile): Promise<string>;
}

/** Nothing can be archived as the function is configured; the message says what to set. */
class NoArchive extends Error {
  override readonly name = "NoArchive";
}

/** @throws {NoArchive} `ARCHIVE_URL` is not set */
export async function archiveStore({ ARCHIVE_URL: place, AWS_ENDPOINT_URL }: OpsConfig): Promise<ArchiveStore> {
  if (place === undefined) {
    throw new NoArchive(
      "there is nowhere to archive to: set ARCHIVE_URL to s3://bucket/prefix (on this machine file:///folder will do), and start or deploy again",
    );
  }
  if (place.kind === "folder") return folderStore(place.path);
  // No other operation has to wait until this is loaded.
  const { bucketStore } = await import("./bucket.ts");
  return bucketStore({ ...place, isEmulated: AWS_ENDPOINT_URL !== undefined });
}
