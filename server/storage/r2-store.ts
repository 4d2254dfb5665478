import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { AppError, hasCode } from "../errors";
import { throwIfCancelled } from "./cancel";
import { checkKey } from "./key-rules";
import type { ObjectStore, PutOptions, StoredObject } from "./object-store";
import { createR2Client, type R2Client, type R2Deps, type R2Settings } from "./r2-client";
import { copyR2Object } from "./r2-copy";
import { readReply } from "./r2-errors";
import { readR2Lifecycle, writeR2Lifecycle } from "./r2-lifecycle";
import { listR2Uploads } from "./r2-list-uploads";
import { lookAt, plainEtag, quotedEtag, WRITE_MARK, WRITE_MARK_BYTES } from "./r2-look";
import { abortR2Multipart, resumeR2Multipart, startR2Multipart } from "./r2-multipart";
import { readObject } from "./r2-read";
import { SMALL_REQUEST_ATTEMPTS } from "./r2-retry";
import { getUnsigned } from "./r2-unsigned";
import { preconditionFailed } from "./refusals";

/** After every retry of a write failed, one more look is enough: the network is down, and the answer must come soon. */
const LAST_LOOK_ATTEMPTS = 1;

/** R2 by its S3 API. Never sends a tagging call: R2 answers 501 to most of them, and takes `DELETE ?tagging` for a plain DELETE. */
export function createR2Store(settings: R2Settings, deps: R2Deps): ObjectStore {
  const client = createR2Client(settings, deps);
  return {
    kind: "r2",
    label: `R2 bucket ${settings.bucket}`,
    list: (prefix, options) => listObjects(client, prefix, options?.signal),
    async head(key, options) {
      checkKey(key);
      return (await lookAt(client, key, { signal: options?.signal }))?.object ?? null;
    },
    async get(key, options = {}) {
      checkKey(key);
      return readObject(client, key, options);
    },
    async put(key, body, options = {}) {
      checkKey(key);
      return { etag: await putObject(client, { key, body }, options) };
    },
    async delete(key, options) {
      checkKey(key);
      await client.call({ verb: "delete", key, signal: options?.signal }, (send) =>
        client.s3.send(new DeleteObjectCommand({ Bucket: client.bucket, Key: key }), send),
      );
    },
    async copy(source, key, options) {
      checkKey(source.key);
      checkKey(key);
      return copyR2Object(client, { source, key }, options);
    },
    async startMultipart(key, options) {
      checkKey(key);
      return startR2Multipart(client, key, options);
    },
    async resumeMultipart(key, upload, { partBytes, signal }) {
      throwIfCancelled(signal);
      checkKey(key);
      return resumeR2Multipart(client, key, { upload, partBytes });
    },
    async abortMultipart(key, uploadId, options) {
      checkKey(key);
      await abortR2Multipart(client, key, uploadId, options?.signal);
    },
    readLifecycle: (options) => readR2Lifecycle(client, options?.signal),
    writeLifecycle: (rules, options) => writeR2Lifecycle(client, rules, options?.signal),
    async downloadUrl(key, { fileName, seconds }) {
      checkKey(key);
      const command = new GetObjectCommand({
        Bucket: client.bucket,
        Key: key,
        ResponseContentDisposition: attachment(fileName),
      });
      return getSignedUrl(client.s3, command, { expiresIn: seconds });
    },
    async getUnsigned(key, options) {
      checkKey(key);
      return getUnsigned(client, { endpoint: settings.endpoint, key, signal: options?.signal });
    },
    listUploads: (prefix, options) => listR2Uploads(client, prefix, options?.signal),
    clockOffsetMs: client.clockOffsetMs,
    requestCounts: client.counter.read,
  };
}

async function* listObjects(client: R2Client, prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
  let token: string | undefined;
  for (;;) {
    const page = await client.call({ verb: "list", key: "", signal }, (send) =>
      client.s3.send(
        new ListObjectsV2Command({
          Bucket: client.bucket,
          Prefix: prefix,
          // XML cannot carry every character of a key.
          EncodingType: "url",
          ...(token !== undefined && { ContinuationToken: token }),
        }),
        send,
      ),
    );
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
      if (Key === undefined) continue;
      const key = page.EncodingType === "url" ? decodeURIComponent(Key.replaceAll("+", "%20")) : Key;
      yield { key, bytes: Size ?? 0, etag: plainEtag(ETag), lastModified: LastModified ?? new Date(0) };
    }
    if (!page.IsTruncated) return;
    // Without a fresh token the listing would end silently short or never end; both would lie about what is stored.
    if (!page.NextContinuationToken || page.NextContinuationToken === token) throw listBroke(client.bucket);
    token = page.NextContinuationToken;
  }
}

async function putObject(
  client: R2Client,
  { key, body }: { key: string; body: Uint8Array },
  options: PutOptions,
): Promise<string> {
  const writeMark = client.clock.randomHex(WRITE_MARK_BYTES);
  const history = { ambiguous: false };
  try {
    const answer = await client.call({ verb: "put", key, signal: options.signal, history }, async (send) => {
      const command = new PutObjectCommand({
        Bucket: client.bucket,
        Key: key,
        Body: body,
        Metadata: { [WRITE_MARK]: writeMark },
        ...(options.contentType !== undefined && { ContentType: options.contentType }),
        ...(options.ifNoneMatch !== undefined && { IfNoneMatch: options.ifNoneMatch }),
        ...(options.ifMatch !== undefined && { IfMatch: quotedEtag(options.ifMatch) }),
      });
      try {
        return await client.s3.send(command, send);
      } catch (error) {
        // S3's answer to If-Match where nothing is; R2 says 412 like for any other state.
        throw readReply(error).code === "NoSuchKey" ? preconditionFailed(key, error) : error;
      }
    });
    return plainEtag(answer.ETag);
  } catch (error) {
    if (!history.ambiguous || hasCode(error, "cancelled")) throw error;
    return await ownEtag(client, { key, writeMark, error }, options.signal);
  }
}

/** An earlier attempt may have written although its answer was lost, and made the condition fail: only our mark tells. */
async function ownEtag(
  client: R2Client,
  { key, writeMark, error }: { key: string; writeMark: string; error: unknown },
  signal: AbortSignal | undefined,
): Promise<string> {
  // With "not in the expected state" the network works, so the look is worth repeating; else it failed often enough.
  const attempts = hasCode(error, "storage_precondition") ? SMALL_REQUEST_ATTEMPTS : LAST_LOOK_ATTEMPTS;
  const look = await lookAt(client, key, { signal, attempts });
  if (look?.writeMark === writeMark) return look.object.etag;
  throw error;
}

function listBroke(bucket: string): AppError {
  return new AppError("storage_failed", `R2 broke off the list of bucket ${bucket}; an incomplete list is not used.`, {
    hint: "Try again in a minute.",
  });
}

/** The plain name for old readers, the encoded one for names beyond ASCII (RFC 6266). */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
