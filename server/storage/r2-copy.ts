import { CopyObjectCommand, type CopyObjectCommandInput } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { hasCode } from "../errors";
import type { CopyOptions, MultipartUpload, StoredObject } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";
import { copySource, lookAt, lookForOwn, quotedEtag, storedEtag, WRITE_MARK, WRITE_MARK_BYTES } from "./r2-look";
import { startR2Multipart } from "./r2-multipart";
import { sourceChanged } from "./refusals";

/** Enough to use a store that copies in parallel; its own pacing takes it back where that is too much. */
const COPIES_AT_ONCE = 4;

interface Copying {
  source: StoredObject;
  key: string;
}

/** One request up to the size that R2 takes in one; equal parts beyond it. */
export async function copyR2Object(client: R2Client, copying: Copying, options: CopyOptions): Promise<StoredObject> {
  const isSmall = copying.source.bytes <= client.copyLimits.wholeBytes;
  return isSmall ? copyWhole(client, copying, options) : copyInParts(client, copying, options);
}

async function copyWhole(
  client: R2Client,
  { source, key }: Copying,
  { metadata, contentDisposition, signal }: CopyOptions,
): Promise<StoredObject> {
  const writeMark = client.clock.randomHex(WRITE_MARK_BYTES);
  const input: CopyObjectCommandInput = {
    Bucket: client.bucket,
    Key: key,
    CopySource: copySource(client.bucket, source.key),
    CopySourceIfMatch: quotedEtag(source.etag),
    MetadataDirective: "REPLACE",
    ContentType: "application/octet-stream",
    Metadata: { ...metadata, [WRITE_MARK]: writeMark },
    ...(contentDisposition !== undefined && { ContentDisposition: contentDisposition }),
  };
  const history = { ambiguous: false };
  let failure: unknown;
  try {
    await client.call({ verb: "copy", key, signal, history }, async (send) => {
      try {
        storedEtag((await client.s3.send(new CopyObjectCommand(input), send)).CopyObjectResult?.ETag);
      } catch (error) {
        const { code, status } = readReply(error);
        if (code === "NoSuchKey" || code === "PreconditionFailed" || status === 412)
          throw sourceChanged(source.key, error);
        // A copy of gigabytes may outlast our patience with a silent connection: it may be there before it is asked for again.
        const isSilent = status === null && !signal?.aborted;
        // A look that fails tells nothing; the copy's own failure decides whether it is tried again.
        const look = isSilent ? await lookAt(client, key, { signal, attempts: 1 }).catch(() => null) : null;
        if (look?.writeMark === writeMark) return;
        throw error;
      }
    });
  } catch (error) {
    if (!history.ambiguous || hasCode(error, "cancelled")) throw error;
    failure = error;
  }
  return lookForOwn(client, { key, writeMark, bytes: source.bytes, failure }, signal);
}

async function copyInParts(client: R2Client, { source, key }: Copying, options: CopyOptions): Promise<StoredObject> {
  const { signal } = options;
  const { partBytes } = client.copyLimits;
  // R2 takes no condition on the source of a part: the same ETag before and after stands for one.
  const checkSource = async () => {
    const look = await lookAt(client, source.key, { signal });
    if (look?.object.etag !== source.etag) throw sourceChanged(source.key);
  };
  await checkSource();
  const upload = await startR2Multipart(client, key, { ...options, partBytes });
  options.onParts?.(upload.uploadId);
  try {
    await copyParts(upload, { source, partBytes, signal });
    await checkSource();
    return await upload.complete(signal);
  } catch (error) {
    // The copy's failure is the one to tell; R2 drops an upload that could not be aborted.
    await upload.abort().catch(() => undefined);
    // "No such part of the source" is told better by what became of the source.
    if (hasCode(error, "storage_failed")) await checkSource();
    throw error;
  }
}

async function copyParts(
  upload: MultipartUpload,
  { source, partBytes, signal }: { source: StoredObject; partBytes: number; signal: AbortSignal | undefined },
): Promise<void> {
  const limit = pLimit(COPIES_AT_ONCE);
  const starts = Array.from({ length: Math.ceil(source.bytes / partBytes) }, (_, index) => index * partBytes);
  await Promise.all(
    starts.map((start, index) =>
      limit(async () => {
        const end = Math.min(start + partBytes, source.bytes) - 1;
        try {
          await upload.copyPart(index + 1, source.key, { start, end }, signal);
        } catch (error) {
          limit.clearQueue();
          throw error;
        }
      }),
    ),
  );
}
