import { setMaxListeners } from "node:events";
import { S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../clock";
import type { StoreSettings } from "./object-store";
import { explainR2Failure } from "./r2-errors";
import { createR2Pacing } from "./r2-pacing";
import { type OnRetry, PART_ATTEMPTS, type RequestHistory, SMALL_REQUEST_ATTEMPTS, withRetries } from "./r2-retry";
import { createRequestCounter, type RequestCounter, type StoreVerb } from "./request-counter";
import { createUploadPace, type UploadPace } from "./upload-pace";
import { createWriteSpacing } from "./write-spacing";

export type R2Settings = Extract<StoreSettings, { kind: "r2" }>;

export interface R2Deps {
  clock: Clock;
  onRetry?: OnRetry;
  /** For tests; a connection on which nothing moves for this long is given up. */
  inactivityMs?: number;
  /** For tests that write one key many times. */
  writeSpacingMs?: number;
  /** For tests: objects of real size would take hours. */
  copyLimits?: CopyLimits;
}

interface CopyLimits {
  /** Up to here one request copies an object. */
  wholeBytes: number;
  /** Parts of a larger one. */
  partBytes: number;
}

/** One request as the retry layer sees it. `key` is empty for a listing. */
export interface R2Request {
  verb: StoreVerb;
  key: string;
  signal?: AbortSignal | undefined;
  history?: RequestHistory;
  attempts?: number;
}

export interface R2Client {
  s3: S3Client;
  bucket: string;
  clock: Clock;
  counter: RequestCounter;
  copyLimits: CopyLimits;
  /** Null: as fast as it goes. */
  uploadPace: UploadPace | null;
  clockOffsetMs(): number | null;
  /** Runs one SDK call with our retries; every failure comes out as an AppError. `send` makes a new command each time. */
  call<T>(request: R2Request, send: (options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T>;
}

const CONNECT_MS = 10_000;
/** Completing an upload of 10,000 parts is the longest that R2 may think without a byte moving. */
const INACTIVITY_MS = 60_000;
/** A Date header counts whole seconds, so on average the answer is half a second younger than it says. */
const DATE_HEADER_MIDDLE_MS = 500;
/** R2's limit of one write a second to one key; an answer may be a little quicker than the write that it tells of. */
const WRITE_SPACING_MS = 1_050;
/** R2 names 4.995 GiB for what one request may write or copy; the parts are smaller, so that each answers in time. */
const COPY_LIMITS: CopyLimits = { wholeBytes: Math.floor(4.995 * 1024 ** 3), partBytes: 1024 ** 3 };
const SENDING_PARTS: StoreVerb[] = ["putPart", "copyPart"];
const WRITING_KEYS: StoreVerb[] = ["put", "copy", "complete"];
const PART_VERBS: StoreVerb[] = ["putPart", "copyPart", "copy", "complete"];

export function createR2Client(settings: R2Settings, deps: R2Deps): R2Client {
  const { clock } = deps;
  const counter = createRequestCounter();
  const s3 = createS3Client(settings, deps.inactivityMs ?? INACTIVITY_MS);
  const pacing = createR2Pacing(clock);
  const spacing = createWriteSpacing(clock, deps.writeSpacingMs ?? WRITE_SPACING_MS);
  const rate = settings.uploadBytesPerSecond ?? null;
  let clockOffsetMs: number | null = null;

  s3.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const date = Date.parse(headers?.date ?? "");
      if (!Number.isNaN(date)) clockOffsetMs = date + DATE_HEADER_MIDDLE_MS - clock.now().getTime();
      return result;
    },
    // Nearest to the wire, so that answers which become errors are seen too.
    { step: "deserialize", priority: "low", name: "nesteggReadDate" },
  );

  return {
    s3,
    bucket: settings.bucket,
    clock,
    counter,
    copyLimits: deps.copyLimits ?? COPY_LIMITS,
    uploadPace: rate === null ? null : createUploadPace(clock, rate),
    clockOffsetMs: () => clockOffsetMs,
    call(request, send) {
      const { verb, key, signal, history } = request;
      // All requests of an operation listen to its one signal; more than ten are no leak.
      if (signal) setMaxListeners(0, signal);
      const attempts = request.attempts ?? (PART_VERBS.includes(verb) ? PART_ATTEMPTS : SMALL_REQUEST_ATTEMPTS);
      const isPart = SENDING_PARTS.includes(verb);
      const runOnce = async (attempt: number) => {
        const paced = await pacing.enter({ isPart, signal });
        try {
          counter.add(verb);
          const answer = await send(signal ? { abortSignal: signal } : {});
          paced.succeeded();
          return answer;
        } catch (error) {
          const failure = explain(error);
          if (failure.throttled) paced.throttled(failure.minimumWaitMs, attempt);
          throw error;
        } finally {
          paced.leave();
        }
      };
      const run = (attempt: number) =>
        WRITING_KEYS.includes(verb) ? spacing.run(key, signal, () => runOnce(attempt)) : runOnce(attempt);
      const { bucket, endpoint } = settings;
      const explain = (error: unknown) =>
        explainR2Failure(error, { verb, key, bucket, endpoint, clockOffsetMs, signal });
      return withRetries(run, {
        clock,
        attempts,
        explain,
        signal,
        history,
        onRetry: deps.onRetry,
        sharedPauseMs: pacing.pauseLeftMs,
      });
    },
  };
}

const quiet = () => undefined;
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function createS3Client(settings: R2Settings, inactivityMs: number): S3Client {
  return new S3Client({
    region: settings.region,
    endpoint: settings.endpoint,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    // Works with R2, with its simulator and with any S3 server; virtual hosts need DNS of their own.
    forcePathStyle: true,
    // R2 answers 501 or 500 to several of the SDK's own checksums; the payload's signed SHA-256 does their work.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // Cloudflare does not answer 100, and the SDK would wait six seconds for it before every part.
    expectContinueHeader: false,
    // One retry layer, ours: it knows R2's 400s that pass, and two layers would multiply (5 × 3 attempts).
    maxAttempts: 1,
    // A clock that is off must be told to a person, not hidden: ids and retention depend on it.
    disableClockSkewCorrection: true,
    // Given here so that the SDK never looks into ~/.aws or AWS_* of somebody else's project.
    retryMode: "standard",
    defaultsMode: "standard",
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    userAgentAppId: "nestegg",
    // Failures come out as AppErrors; the SDK would write to the console that a streamed body cannot be sent twice.
    logger: SILENT,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: inactivityMs },
  });
}
