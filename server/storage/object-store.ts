/**
 * What Nestegg needs of a bucket. Every store keeps every promise written here; one conformance suite
 * (`testing/object-store-suite.ts`) holds all of them to it.
 *
 * Common to all methods: failures are AppErrors of the `storage_*` codes; a permanent one (wrong key, wrong
 * secret, missing bucket, no permission, skewed clock) is thrown at once, a passing one (429, 5xx, reset
 * connection) after the store's own bounded retries. An aborted signal rejects with the code `cancelled`.
 */
export interface ObjectStore {
  readonly kind: "local" | "r2";
  /** For people, after the word "in": "R2 bucket hesocial-prod", "folder ./data/bucket". */
  readonly label: string;

  /**
   * All objects whose key starts with `prefix`, in ascending order of the key's UTF-8 bytes, whatever their number.
   * An object written or deleted while the listing runs may or may not appear; all others appear exactly once.
   */
  list(prefix: string, options?: { signal?: AbortSignal }): AsyncIterable<StoredObject>;

  /** The object's facts, or null when there is none under this key. */
  head(key: string, options?: { signal?: AbortSignal }): Promise<StoredObject | null>;

  /**
   * Reads an object, or the bytes `range.start` up to and including `range.end`. Null when there is none.
   * With `ifMatch`, another content under the key throws `storage_precondition`. A range that begins at or behind
   * the end throws `storage_range_invalid`; one that ends behind it is cut. The body may end early only by
   * throwing: a short body is an error (`storage_failed`), never a short result. May be called again at will.
   */
  get(key: string, options?: GetOptions): Promise<ObjectBody | null>;

  /**
   * Writes a small object in one piece; readers see the old content or the new, never a mixture.
   * `ifNoneMatch: "*"` writes only where nothing is, `ifMatch` only over that ETag; else `storage_precondition`
   * and nothing is written. A reply lost on the way is resolved by looking (own write: success), never guessed.
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<{ etag: string }>;

  /** Removes the object; a missing one is no error. May be repeated. */
  delete(key: string, options?: { signal?: AbortSignal }): Promise<void>;

  /**
   * Copies a whole object inside the store to another key, with metadata of its own, and tells what HEAD then says of it: one
   * request where the store takes that, else as many as its size needs. A source that is missing or has another ETag throws
   * `storage_precondition` and nothing is visible. A lost reply is resolved by looking at the key.
   */
  copy(source: StoredObject, key: string, options: CopyOptions): Promise<StoredObject>;

  /** Begins an upload in parts. Nothing is visible under the key before `complete` resolves. */
  startMultipart(key: string, options: MultipartOptions): Promise<MultipartUpload>;

  /**
   * Goes on with an upload that another object or process began: the parts of `receipts` are taken as stored, all others are
   * missing. An upload that is gone throws `storage_upload_gone`, here or at the first use.
   */
  resumeMultipart(key: string, upload: UnfinishedUpload, options: MultipartOptions): Promise<MultipartUpload>;

  /** Drops an upload of an earlier process. An unknown or finished upload is no error. May be repeated. */
  abortMultipart(key: string, uploadId: string, options?: { signal?: AbortSignal }): Promise<void>;

  /**
   * The lifecycle rules of the whole bucket in its own order, which delete objects without asking us; none: empty. Null where the
   * store has no such thing (a folder). Needs more rights than objects do: `storage_forbidden` is common and harmless.
   */
  readLifecycle(options?: { signal?: AbortSignal }): Promise<LifecycleRule[] | null>;

  /**
   * Replaces all of them, atomically and without a condition: read right before. A rule with `asWritten` goes back as it came, byte for
   * byte; one without is made from its fields. Throws `invalid_input` where the store has no such thing.
   */
  writeLifecycle(rules: readonly LifecycleRule[], options?: { signal?: AbortSignal }): Promise<void>;

  /** A link that works without credentials for `seconds`, or null where the server must stream the bytes itself. */
  downloadUrl(key: string, options: { fileName: string; seconds: number }): Promise<string | null>;

  /** The HTTP status of a GET without credentials, which a private bucket refuses; null where nobody can ask (a folder). */
  getUnsigned(key: string, options?: { signal?: AbortSignal }): Promise<number | null>;

  /** Uploads in parts under `prefix` that were begun and are not over, whoever began them; null where the store cannot tell. */
  listUploads(prefix: string, options?: { signal?: AbortSignal }): Promise<ListedUpload[] | null>;

  /** Store's clock minus ours in milliseconds, from the latest answer's Date header; null when none was seen. */
  clockOffsetMs(): number | null;

  /** Requests sent so far, by price class (R2's names): A writes and lists, B reads, free deletes. */
  requestCounts(): RequestCounts;
}

export interface StoredObject {
  key: string;
  bytes: number;
  /** Opaque; equal ETags of one key mean equal content. Compared as text. */
  etag: string;
  lastModified: Date;
}

export interface ListedUpload {
  key: string;
  uploadId: string;
  startedAt: Date;
}

export interface LifecycleRule {
  id: string;
  /** Keys that begin so; empty: all. */
  prefix: string;
  enabled: boolean;
  /** Objects this old are deleted; null: the rule does something else. */
  expireDays: number | null;
  /** From that day on all objects are deleted, however young; as it was written. */
  expireDate?: string;
  /** Unfinished uploads this old are dropped. */
  abortDays: number | null;
  /** False: it chooses by size or tags too, so that some objects under the prefix are not reached. */
  coversPrefix: boolean;
  /** The store's own text of it. */
  asWritten?: string;
}

export interface ObjectBody {
  /** Length of this body, and of the whole object. */
  bytes: number;
  totalBytes: number;
  etag: string;
  /** Read it to the end or call `return()`: an abandoned body keeps its connection. */
  stream: AsyncIterable<Uint8Array>;
}

export interface GetOptions {
  range?: { start: number; end: number };
  ifMatch?: string;
  signal?: AbortSignal;
}

export interface PutOptions {
  ifNoneMatch?: "*";
  ifMatch?: string;
  contentType?: string;
  signal?: AbortSignal;
}

export interface CopyOptions {
  /** Called when the copy is made in parts, with the id to drop them by, should this process die. */
  onParts?(uploadId: string): void;
  metadata?: Record<string, string>;
  contentDisposition?: string;
  signal?: AbortSignal;
}

export interface MultipartOptions {
  /**
   * Most parts will be taken by `copyPart` from the same place of this object: a store that can clone files begins with a clone,
   * and such a copy then costs nothing. Only a hint; parts are still named one by one.
   */
  copyFrom?: StoredObject;
  /** Bytes of every part but the last, which may be shorter. R2 refuses unequal parts, and only at the end. */
  partBytes: number;
  /** Shown by bucket browsers and sent on download; not returned by `head`. No non-ASCII characters. */
  metadata?: Record<string, string>;
  contentDisposition?: string;
  signal?: AbortSignal;
}

/** Proof that a part is stored, good for `resumeMultipart`; plain data. `facts` is the store's own (an ETag). */
export interface PartReceipt {
  partNumber: number;
  bytes: number;
  facts: string;
}

/** What `resumeMultipart` needs; plain data. */
export interface UnfinishedUpload {
  uploadId: string;
  /** Recognises our own object when the answer to `complete` is lost. */
  writeMark: string;
  receipts: PartReceipt[];
}

export interface MultipartUpload {
  readonly uploadId: string;
  readonly writeMark: string;

  /**
   * Stores part `partNumber` (from 1). `sha256` (lower-case hex of `body`) travels as the payload's signature, so a part
   * that arrives differently is refused. Safe to repeat with the same body. Parts may be sent in any order, several at once.
   */
  putPart(partNumber: number, body: Uint8Array, sha256: string, signal?: AbortSignal): Promise<PartReceipt>;

  /**
   * Takes bytes `range.start` to `range.end` (inclusive) of another object as part `partNumber`, inside the store.
   * The length obeys the same rule as a sent part. No condition on the source's ETag: R2 has none here; the caller looks before and after.
   */
  copyPart(
    partNumber: number,
    sourceKey: string,
    range: { start: number; end: number },
    signal?: AbortSignal,
  ): Promise<PartReceipt>;

  /**
   * Makes the object visible, whole and durable, and tells what HEAD then says of it. Throws when parts are missing or unequal
   * (nothing visible). A lost reply is resolved by looking at the key.
   */
  complete(signal?: AbortSignal): Promise<StoredObject>;

  /** Drops every part; nothing is left behind. May be repeated, also after a failed `complete`. */
  abort(): Promise<void>;
}

export interface RequestCounts {
  classA: number;
  classB: number;
  free: number;
}

/** What a worker needs to open the same store; plain data, sent over IPC. */
export type StoreSettings =
  | { kind: "local"; folder: string }
  | {
      kind: "r2";
      endpoint: string;
      region: string;
      bucket: string;
      accessKeyId: string;
      secretAccessKey: string;
      /** Parts are sent no faster than this in all, evenly; left out or null: as fast as it goes. Reads are not held back. */
      uploadBytesPerSecond?: number | null;
    };
