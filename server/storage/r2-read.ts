import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { AppError, hasCode } from "../errors";
import { createBodyStream } from "./body-stream";
import { cancelledError, throwIfCancelled } from "./cancel";
import type { GetOptions, ObjectBody } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";
import { plainEtag, quotedEtag } from "./r2-look";
import { pause, pauseMs, SMALL_REQUEST_ATTEMPTS } from "./r2-retry";
import { rangeInvalid } from "./refusals";

/** After this much, a new failure is a new story: a long download is not given up for its fifth broken connection. */
const FRESH_START_BYTES = 8 * 1024 * 1024;

interface OpenBody {
  chunks: AsyncIterator<Uint8Array>;
  destroy(): void;
  start: number;
  end: number;
  totalBytes: number;
  etag: string;
}

/** A body that survives broken connections: it goes on from the byte where it stopped, and only in the same object. */
export async function readObject(client: R2Client, key: string, options: GetOptions): Promise<ObjectBody | null> {
  const { range, signal } = options;
  if (range && range.end < range.start) throw rangeInvalid(key);
  const first = await openBody(client, key, options);
  if (!first) return null;
  const { start, end, etag, totalBytes } = first;
  let current = first;
  let position = start;
  let failures = 0;
  let lastFailureAt = start;

  async function reopen(cause: unknown): Promise<void> {
    if (signal?.aborted) throw cancelledError(signal.reason);
    failures = position - lastFailureAt >= FRESH_START_BYTES ? 1 : failures + 1;
    lastFailureAt = position;
    current.destroy();
    if (failures >= SMALL_REQUEST_ATTEMPTS) throw bodyBroke(key, position - start, end - start + 1, cause);
    await pause(client.clock, pauseMs(client.clock, failures, 0), signal);
    current = await reopenAt(client, key, { ...options, range: { start: position, end }, ifMatch: etag });
  }

  const stream = createBodyStream({
    async read() {
      for (;;) {
        throwIfCancelled(signal);
        try {
          const { done, value } = await current.chunks.next();
          if (done && position > end) return null;
          if (done) throw new Error("the body ended early");
          position += value.byteLength;
          if (position <= end + 1) return value;
        } catch (error) {
          await reopen(error);
          continue;
        }
        throw bodyBroke(key, position - start, end - start + 1, new Error("the body is longer than announced"));
      }
    },
    close: async () => current.destroy(),
  });
  return { bytes: end - start + 1, totalBytes, etag, stream };
}

async function openBody(client: R2Client, key: string, options: GetOptions): Promise<OpenBody | null> {
  const { range, ifMatch, signal } = options;
  return client.call({ verb: "get", key, signal }, async (send) => {
    const command = new GetObjectCommand({
      Bucket: client.bucket,
      Key: key,
      ...(range && { Range: `bytes=${range.start}-${range.end}` }),
      ...(ifMatch !== undefined && { IfMatch: quotedEtag(ifMatch) }),
    });
    try {
      return toOpenBody(await client.s3.send(command, send), key, range);
    } catch (error) {
      if (readReply(error).code === "NoSuchKey") return null;
      throw error;
    }
  });
}

/** The rest of an object whose beginning was already handed out: anything but that same object is an error. */
async function reopenAt(client: R2Client, key: string, options: GetOptions): Promise<OpenBody> {
  const changed = (cause?: unknown) =>
    new AppError(
      "storage_precondition",
      `${key} was replaced or deleted while it was read; what was read is not used.`,
      {
        hint: "Read it again from the beginning.",
        cause,
      },
    );
  try {
    const body = await openBody(client, key, options);
    if (body) return body;
  } catch (error) {
    throw hasCode(error, "storage_precondition", "storage_range_invalid") ? changed(error) : error;
  }
  throw changed();
}

function toOpenBody(answer: GetObjectCommandOutput, key: string, range: GetOptions["range"]): OpenBody {
  const body = answer.Body as (AsyncIterable<Uint8Array> & { destroy(): void }) | undefined;
  const bytes = answer.ContentLength ?? 0;
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? "")?.map(Number) ?? [];
  const whole = start === undefined || end === undefined || total === undefined;
  const facts = whole ? { start: 0, end: bytes - 1, totalBytes: bytes } : { start, end, totalBytes: total };
  if (!body || (range && whole) || (range && facts.start !== range.start) || facts.end - facts.start + 1 !== bytes) {
    body?.destroy();
    throw new AppError("storage_failed", `R2 sent other bytes of ${key} than asked for; they are not used.`, {
      hint: "Check R2_ENDPOINT: a proxy between this machine and R2 may not know ranges.",
    });
  }
  // A connection that breaks after our last read has nobody listening; without this it would end the process.
  if ("on" in body && typeof body.on === "function") body.on("error", () => undefined);
  return {
    ...facts,
    chunks: body[Symbol.asyncIterator](),
    destroy: () => body.destroy(),
    etag: plainEtag(answer.ETag),
  };
}

function bodyBroke(key: string, got: number, expected: number, cause: unknown): AppError {
  return new AppError(
    "storage_failed",
    `Reading ${key} broke off after ${got} of ${expected} bytes, again and again; what was read is not used. The object in the bucket is unharmed.`,
    { hint: "Check this machine's network, then try again.", cause },
  );
}
