import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { AppError } from "../errors";
import type { StoredObject } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";

/** A random word of ours in the object's metadata: how a writer recognises its own write after a lost answer. */
export const WRITE_MARK = "nestegg-write";
export const WRITE_MARK_BYTES = 16;

interface Look {
  object: StoredObject;
  writeMark: string | null;
}

interface LookOptions {
  signal?: AbortSignal | undefined;
  attempts?: number;
}

/** HEAD with all that it tells, or null when nothing is there. */
export async function lookAt(client: R2Client, key: string, options: LookOptions = {}): Promise<Look | null> {
  const where = { Bucket: client.bucket, Key: key };
  return client.call({ verb: "head", key, ...options }, async (send) => {
    try {
      const answer = await client.s3.send(new HeadObjectCommand(where), send);
      const object = {
        key,
        bytes: answer.ContentLength ?? 0,
        etag: plainEtag(answer.ETag),
        lastModified: answer.LastModified ?? new Date(0),
      };
      return { object, writeMark: answer.Metadata?.[WRITE_MARK] ?? null };
    } catch (error) {
      const { status } = readReply(error);
      if (status === null || status < 400 || status >= 500 || status === 429) throw error;
      if (await isPlainlyMissing(client, where, status, send)) return null;
      throw error;
    }
  });
}

interface OwnWrite {
  key: string;
  writeMark: string;
  bytes: number;
  /** What the write itself ended with, when its answer may have been lost. */
  failure: unknown;
}

/** The last word on a write is what the key shows: our own object, or the failure of the write. */
export async function lookForOwn(
  client: R2Client,
  { key, writeMark, bytes, failure }: OwnWrite,
  signal: AbortSignal | undefined,
): Promise<StoredObject> {
  const found = await lookAt(client, key, { signal });
  if (found?.writeMark === writeMark && found.object.bytes === bytes) return found.object;
  throw failure ?? notOurs(key);
}

function notOurs(key: string): AppError {
  return new AppError(
    "storage_failed",
    `The upload of ${key} cannot be trusted: what R2 shows under the name is not what was sent. It is not registered as a backup.`,
    {
      hint: "Start the backup again, and check that no other server writes to this bucket and path.",
    },
  );
}

/** The ETag of a part or copy. An answer without one, such as an error told with a 200, passes like a 500. */
export function storedEtag(etag: string | undefined): string {
  if (etag) return etag;
  throw Object.assign(new Error("an answer without an ETag"), {
    name: "InternalError",
    $metadata: { httpStatusCode: 500 },
  });
}

/** The value of x-amz-copy-source: a path, so each segment is encoded by itself. */
export function copySource(bucket: string, key: string): string {
  return `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/**
 * An answer to HEAD has no body, so "no such object" and "no such bucket", or a wrong secret and a missing right, look the
 * same. A GET of one byte tells them apart: its own error is thrown, as it has a name.
 */
async function isPlainlyMissing(
  client: R2Client,
  where: { Bucket: string; Key: string },
  headStatus: number,
  send: { abortSignal?: AbortSignal },
): Promise<boolean> {
  client.counter.add("get");
  try {
    const answer = await client.s3.send(new GetObjectCommand({ ...where, Range: "bytes=0-0" }), send);
    await discard(answer.Body);
  } catch (error) {
    const { code, status } = readReply(error);
    if (code === "NoSuchKey") return true;
    if (status !== 416) throw error;
  }
  // It was written between the two requests: missing is still a true answer for the moment of the first.
  return headStatus === 404;
}

async function discard(body: unknown): Promise<void> {
  if (body && typeof body === "object" && "destroy" in body && typeof body.destroy === "function") body.destroy();
}

/** Handed out without quotes, so that ETags of HEAD, LIST and PUT compare as text. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}

/** R2 wants the quotes back in a condition; without them it answers 500 or 412. */
export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}
