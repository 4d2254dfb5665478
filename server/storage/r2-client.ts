import { setMaxListeners } from "node:events";
import { S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../clock";
import type { StoreSettings } from "./object-store";
import { explainR2Failure } from "./r2-errors";
import { type OnRetry, PART_ATTEMPTS, type RequestHistory, SMALL_REQUEST_ATTEMPTS, withRetries } from "./r2-retry";
import { createRequestCounter, type RequestCounter, type StoreVerb } from "./request-counter";

export type R2Settings = Extract<StoreSettings, { kind: "r2" }>;

export interface R2Deps {
  clock: Clock;
  onRetry?: OnRetry;
  /** For tests; a connection on which nothing moves for this long is given up. */
  inactivityMs?: number;
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
  clockOffsetMs(): number | null;
  /** Runs one SDK call with our retries; every failure comes out as an AppError. `send` makes a new command each time. */
  call<T>(request: R2Request, send: (options: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T>;
}

const CONNECT_MS = 10_000;
/** Completing an upload of 10,000 parts is the longest that R2 may think without a byte moving. */
const INACTIVITY_MS = 60_000;
/** A Date header counts whole seconds, so on average the answer is half a second younger than it says. */
const DATE_HEADER_MIDDLE_MS = 500;
const PART_VERBS: StoreVerb[] = ["putPart", "copyPart", "complete"];

export function createR2Client(settings: R2Settings, deps: R2Deps): R2Client {
  const { clock } = deps;
  const counter = createRequestCounter();
  const s3 = createS3Client(settings, deps.inactivityMs ?? INACTIVITY_MS);
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
    clockOffsetMs: () => clockOffsetMs,
    call(request, send) {
      const { verb, key, signal, history } = request;
      // All requests of an operation listen to its one signal; more than ten are no leak.
      if (signal) setMaxListeners(0, signal);
      const attempts = request.attempts ?? (PART_VERBS.includes(verb) ? PART_ATTEMPTS : SMALL_REQUEST_ATTEMPTS);
      const run = () => {
        counter.add(verb);
        return send(signal ? { abortSignal: signal } : {});
      };
      const { bucket, endpoint } = settings;
      const explain = (error: unknown) =>
        explainR2Failure(error, { verb, key, bucket, endpoint, clockOffsetMs, signal });
      return withRetries(run, { clock, attempts, explain, signal, history, onRetry: deps.onRetry });
    },
  };
}

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
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: inactivityMs },
  });
}
