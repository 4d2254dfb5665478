import type { BaseFile, FromWorker, StoredPart, UploadJob, UploadResult } from "../protocol";
import { upload } from "../upload";

interface Options {
  signal?: AbortSignal;
  spillWanted?: Promise<void>;
  onMessage?(message: FromWorker): void;
}

export interface UploadedHere {
  result: UploadResult;
  messages: FromWorker[];
  /** Numbers of the parts that this run itself stored, in ascending order. */
  sent: number[];
  copied: number[];
}

/** The worker's upload in this process, without the fork. */
export async function uploadHere(job: UploadJob, options: Options = {}): Promise<UploadedHere> {
  const messages: FromWorker[] = [];
  const result = await upload(job, {
    signal: options.signal ?? new AbortController().signal,
    spillWanted: options.spillWanted ?? new Promise(() => undefined),
    send(message) {
      messages.push(message);
      options.onMessage?.(message);
    },
  });
  return { result, messages, sent: stored(messages, "sent"), copied: stored(messages, "copied") };
}

function stored(messages: FromWorker[], how: StoredPart["how"]): number[] {
  const parts = messages.flatMap((message) => (message.type === "part-stored" ? [message.part] : []));
  return parts
    .filter((part) => part.how === how)
    .map((part) => part.receipt.partNumber)
    .sort((a, b) => a - b);
}

type Chosen = Pick<UploadJob, "databasePath" | "store" | "key" | "partBytes" | "scratchFile">;

export function uploadJob(chosen: Chosen & Partial<UploadJob>): UploadJob {
  return {
    kind: "upload",
    partsInFlight: 3,
    metadata: { type: "manual" },
    contentDisposition: 'attachment; filename="app.duckdb"',
    base: null,
    unfinished: null,
    keepUnfinished: false,
    knownSendRate: null,
    budgetMs: null,
    ...chosen,
  };
}

/** What a manifest would remember of an upload. */
export function asBase(
  { key, partBytes }: Pick<UploadJob, "key" | "partBytes">,
  { etag, bytes, parts, headerSha256 }: UploadResult,
  change: Partial<BaseFile> = {},
): BaseFile {
  return { key, partBytes, etag, bytes, parts, headerSha256, sameHistory: true, ...change };
}
