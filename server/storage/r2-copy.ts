import { CopyObjectCommand } from "@aws-sdk/client-s3";
import { hasCode } from "../errors";
import type { CopyOptions, StoredObject } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";
import { copySource, lookAt, lookForOwn, quotedEtag, WRITE_MARK, WRITE_MARK_BYTES } from "./r2-look";
import { startR2Multipart } from "./r2-multipart";
import { sourceChanged } from "./refusals";

/** One request up to the size that R2 takes in one; equal parts, copied one after another, beyond it. */
export async function copyR2Object(
  client: R2Client,
  { source, key }: { source: StoredObject; key: string },
  options: CopyOptions,
): Promise<StoredObject> {
  if (source.bytes > client.copyLimits.wholeBytes) return copyInParts(client, { source, key }, options);
  const writeMark = client.clock.randomHex(WRITE_MARK_BYTES);
  const history = { ambiguous: false };
  let failure: unknown;
  try {
    await client.call({ verb: "copy", key, signal: options.signal, history }, async (send) => {
      const command = new CopyObjectCommand({
        Bucket: client.bucket,
        Key: key,
        CopySource: copySource(client.bucket, source.key),
        CopySourceIfMatch: quotedEtag(source.etag),
        MetadataDirective: "REPLACE",
        ContentType: "application/octet-stream",
        Metadata: { ...options.metadata, [WRITE_MARK]: writeMark },
        ...(options.contentDisposition !== undefined && { ContentDisposition: options.contentDisposition }),
      });
      try {
        return await client.s3.send(command, send);
      } catch (error) {
        const { code, status } = readReply(error);
        const isGone = code === "NoSuchKey" || code === "PreconditionFailed" || status === 412;
        throw isGone ? sourceChanged(source.key, error) : error;
      }
    });
  } catch (error) {
    if (!history.ambiguous || hasCode(error, "cancelled")) throw error;
    failure = error;
  }
  return lookForOwn(client, { key, writeMark, bytes: source.bytes, failure }, options.signal);
}

async function copyInParts(
  client: R2Client,
  { source, key }: { source: StoredObject; key: string },
  options: CopyOptions,
): Promise<StoredObject> {
  const { partBytes } = client.copyLimits;
  const upload = await startR2Multipart(client, key, { ...options, partBytes });
  // R2 takes no condition on the source of a part: the same ETag before and after stands for one.
  const check = async () => {
    const look = await lookAt(client, source.key, { signal: options.signal });
    if (look?.object.etag !== source.etag) throw sourceChanged(source.key);
  };
  try {
    await check();
    for (let start = 0; start < source.bytes; start += partBytes) {
      const end = Math.min(start + partBytes, source.bytes) - 1;
      await upload.copyPart(start / partBytes + 1, source.key, { start, end }, options.signal);
    }
    await check();
    return await upload.complete(options.signal);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}
