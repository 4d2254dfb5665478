import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { AppError, hasCode } from "../errors";
import { checkKey } from "./key-rules";
import type { MultipartOptions, MultipartUpload, PartReceipt, StoredObject, UnfinishedUpload } from "./object-store";
import { createPartList } from "./part-list";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";
import { copySource, lookForOwn, storedEtag, WRITE_MARK, WRITE_MARK_BYTES } from "./r2-look";

/** An answer lost here leaves an upload that nobody knows; it shows no object and R2 drops it after seven days. */
export async function startR2Multipart(
  client: R2Client,
  key: string,
  options: MultipartOptions,
): Promise<MultipartUpload> {
  const writeMark = client.clock.randomHex(WRITE_MARK_BYTES);
  const answer = await client.call({ verb: "startMultipart", key, signal: options.signal }, (send) =>
    client.s3.send(
      new CreateMultipartUploadCommand({
        Bucket: client.bucket,
        Key: key,
        ContentType: "application/octet-stream",
        Metadata: { ...options.metadata, [WRITE_MARK]: writeMark },
        ...(options.contentDisposition !== undefined && { ContentDisposition: options.contentDisposition }),
      }),
      send,
    ),
  );
  if (!answer.UploadId) throw withoutId(key);
  return createUpload(client, key, options.partBytes, { uploadId: answer.UploadId, writeMark, receipts: [] });
}

/** R2 is not asked: it may not list parts, and an upload that is gone shows at its first use. */
export function resumeR2Multipart(
  client: R2Client,
  key: string,
  { upload, partBytes }: { upload: UnfinishedUpload; partBytes: number },
): MultipartUpload {
  return createUpload(client, key, partBytes, upload);
}

function createUpload(
  client: R2Client,
  key: string,
  partBytes: number,
  { uploadId, writeMark, receipts }: UnfinishedUpload,
): MultipartUpload {
  const upload = { Bucket: client.bucket, Key: key, UploadId: uploadId };
  const parts = createPartList(key, partBytes, receipts);
  // A part that is under way when the upload is dropped could arrive after it and stay: abort stops them and waits.
  const inFlight = new Map<Promise<PartReceipt>, AbortController>();

  async function track(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<PartReceipt>,
  ): Promise<PartReceipt> {
    // Not AbortSignal.any: on a signal that lives as long as an upload, Node 20 keeps every derived one.
    const either = new AbortController();
    const follow = () => either.abort(signal?.reason);
    if (signal?.aborted) follow();
    if (signal) setMaxListeners(0, signal);
    signal?.addEventListener("abort", follow, { once: true });
    const running = work(either.signal);
    inFlight.set(running, either);
    try {
      return await running;
    } finally {
      inFlight.delete(running);
      signal?.removeEventListener("abort", follow);
    }
  }

  async function complete(signal: AbortSignal | undefined): Promise<StoredObject> {
    await Promise.allSettled(inFlight.keys());
    const whole = parts.whole();
    const history = { ambiguous: false };
    let failure: unknown;
    try {
      await client.call({ verb: "complete", key, signal, history }, (send) => {
        const Parts = whole.parts.map(({ partNumber, facts }) => ({ PartNumber: partNumber, ETag: facts }));
        return client.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }), send);
      });
    } catch (error) {
      // After a lost answer, maybe an earlier process's, the store no longer knows the upload: only the key tells whether it was finished.
      const maybeDone = history.ambiguous || hasCode(error, "storage_upload_gone");
      if (!maybeDone || hasCode(error, "cancelled")) throw error;
      failure = error;
    }
    return lookForOwn(client, { key, writeMark, bytes: whole.bytes, failure }, signal);
  }

  return {
    uploadId,
    writeMark,
    putPart: (partNumber, body, sha256, signal) =>
      track(signal, async (either) => {
        parts.check(partNumber, body.byteLength);
        const etag = await sendPart(client, { ...upload, PartNumber: partNumber }, { body, sha256 }, either);
        return parts.set({ partNumber, bytes: body.byteLength, facts: etag });
      }),
    copyPart: (partNumber, sourceKey, range, signal) =>
      track(signal, async (either) => {
        checkKey(sourceKey);
        const bytes = range.end - range.start + 1;
        parts.check(partNumber, bytes);
        const command = {
          ...upload,
          PartNumber: partNumber,
          CopySource: copySource(client.bucket, sourceKey),
          CopySourceRange: `bytes=${range.start}-${range.end}`,
        };
        const etag = await client.call({ verb: "copyPart", key, signal: either }, async (send) => {
          const answer = await client.s3.send(new UploadPartCopyCommand(command), send);
          return storedEtag(answer.CopyPartResult?.ETag);
        });
        return parts.set({ partNumber, bytes, facts: etag });
      }),
    complete,
    async abort() {
      for (const either of inFlight.values()) either.abort();
      await Promise.allSettled(inFlight.keys());
      await abortR2Multipart(client, key, uploadId);
    },
  };
}

export async function abortR2Multipart(
  client: R2Client,
  key: string,
  uploadId: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await client.call({ verb: "abort", key, signal }, (send) =>
      client.s3.send(new AbortMultipartUploadCommand({ Bucket: client.bucket, Key: key, UploadId: uploadId }), send),
    );
  } catch (error) {
    if (!hasCode(error, "storage_upload_gone")) throw error;
  }
}

/** Returns the part's ETag. */
async function sendPart(
  client: R2Client,
  part: { Bucket: string; Key: string; UploadId: string; PartNumber: number },
  { body, sha256 }: { body: Uint8Array; sha256: string },
  signal: AbortSignal,
): Promise<string> {
  return client.call({ verb: "putPart", key: part.Key, signal }, async (send) => {
    // A stream is read once, so each attempt has its own.
    const paced = client.uploadPace?.stream(body, signal);
    const command = new UploadPartCommand({ ...part, Body: paced?.stream ?? body, ContentLength: body.byteLength });
    // Set before signing, so the caller's hash is the signed one: R2 checks it against what arrived, and nobody hashes twice.
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = sha256;
        return next(args);
      },
      { step: "build", name: "nesteggPayloadHash" },
    );
    try {
      return storedEtag((await client.s3.send(command, paced ? { abortSignal: paced.signal } : send)).ETag);
    } catch (error) {
      paced?.giveUp();
      throw readReply(error).code === "XAmzContentSHA256Mismatch"
        ? explainMismatch(error, { part, body, sha256 })
        : error;
    } finally {
      paced?.release();
    }
  });
}

/** Damaged on the way passes and is sent again; a hash that does not fit the buffer never will. */
function explainMismatch(
  error: unknown,
  { part, body, sha256 }: { part: { Key: string; PartNumber: number }; body: Uint8Array; sha256: string },
): Error {
  if (createHash("sha256").update(body).digest("hex") === sha256)
    return Object.assign(new Error("damaged on the way"), {
      name: "IncompleteBody",
      $metadata: { httpStatusCode: 400 },
    });
  return new AppError(
    "storage_failed",
    `Part ${part.PartNumber} of ${part.Key} does not have the SHA-256 it was sent with; it was not stored.`,
    { hint: "Start the backup again; if this comes back, check the machine's memory.", cause: error },
  );
}

function withoutId(key: string): AppError {
  return new AppError("storage_failed", `R2 began the upload of ${key} without giving it an id; nothing was sent.`, {
    hint: "Check R2_ENDPOINT: what answers there may not be R2.",
  });
}
