import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { AppError } from "../errors";
import type { ListedUpload } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";

/** More unfinished uploads than this are trouble of another kind; the count is then a least one. */
const PAGES_AT_MOST = 10;

/** Null where the store answers that it has no such call: R2's documents and reports contradict each other. */
export async function listR2Uploads(
  client: R2Client,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<ListedUpload[] | null> {
  const uploads: ListedUpload[] = [];
  let from: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (let page = 0; page < PAGES_AT_MOST; page += 1) {
    const answer = await readPage(client, { prefix, from, signal });
    if (!answer) return null;
    for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
      if (Key !== undefined && UploadId !== undefined)
        uploads.push({ key: Key, uploadId: UploadId, startedAt: Initiated ?? new Date(0) });
    }
    if (!answer.IsTruncated || !answer.NextKeyMarker) break;
    from = {
      KeyMarker: answer.NextKeyMarker,
      ...(answer.NextUploadIdMarker !== undefined && { UploadIdMarker: answer.NextUploadIdMarker }),
    };
  }
  return uploads;
}

function readPage(
  client: R2Client,
  { prefix, from, signal }: { prefix: string; from: object; signal: AbortSignal | undefined },
) {
  return client.call({ verb: "listUploads", key: "", signal }, async (send) => {
    try {
      const answer = await client.s3.send(
        new ListMultipartUploadsCommand({ Bucket: client.bucket, Prefix: prefix, ...from }),
        send,
      );
      // Without this field it was another answer, such as a plain listing of a server that ignores what it does not know.
      if (answer.IsTruncated === undefined && answer.Uploads === undefined) return null;
      return answer;
    } catch (error) {
      const { status, code } = readReply(error);
      if (status === 501 || status === 405 || code === "NotImplemented" || code === "MethodNotAllowed") return null;
      if (status === null || status >= 500 || status === 429 || status === 401 || status === 403) throw error;
      throw new AppError("storage_failed", `The store answered ${status} ${code} when asked for unfinished uploads.`, {
        hint: "Nothing is lost: unfinished uploads go by the bucket's own rule after some days.",
        cause: error,
      });
    }
  });
}
