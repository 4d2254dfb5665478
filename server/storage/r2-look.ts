import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import type { StoredObject } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";

/** A random word of ours in the object's metadata: how a writer recognises its own write after a lost answer. */
export const WRITE_MARK = "nestegg-write";

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
