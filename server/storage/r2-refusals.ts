import { AppError } from "../errors";
import type { StoreVerb } from "./request-counter";

export interface R2Target {
  bucket: string;
  endpoint: string;
}

interface Refusal extends R2Target {
  verb: StoreVerb;
  key: string;
  clockOffsetMs: number | null;
}

const READS: StoreVerb[] = ["list", "listUploads", "head", "get"];

/** The refusals that only a person can end: each has its own code, so that the page can say which setting is wrong. */
export function explainRefusal(
  reply: { code: string; status: number },
  context: Refusal,
  cause: unknown,
): AppError | null {
  switch (reply.code) {
    // R2 answers 401 for a key that it does not know; S3 has a word of its own for it.
    case "Unauthorized":
    case "InvalidAccessKeyId":
      return keyUnknown(cause);
    case "SignatureDoesNotMatch":
      return new AppError(
        "storage_secret_wrong",
        "R2 refused the signature: the secret does not belong to the access key. Nothing was read or written.",
        {
          hint: "Check R2_SECRET_ACCESS_KEY; it is shown only once, so make a new API token if in doubt.",
          cause,
        },
      );
    case "RequestTimeTooSkewed":
      return clockSkewed(context.clockOffsetMs, cause);
    case "NoSuchBucket":
      return new AppError(
        "storage_bucket_missing",
        `There is no bucket ${context.bucket} at ${new URL(context.endpoint).host}. Nothing was read or written.`,
        {
          hint: "Create the bucket, or correct R2_BUCKET_NAME; a bucket with a jurisdiction needs its own R2_ENDPOINT (.eu, .us, .fedramp).",
          cause,
        },
      );
    case "ObjectLockedByBucketPolicy":
      return new AppError(
        "storage_forbidden",
        `A lock rule of bucket ${context.bucket} forbids to change ${context.key}. Nothing was changed.`,
        {
          hint: "Wait until the rule's time is over, or change the bucket's lock rules in Cloudflare.",
          cause,
        },
      );
    default:
      if (reply.status === 401) return keyUnknown(cause);
      return reply.status === 403 ? forbidden(context, cause) : null;
  }
}

function keyUnknown(cause: unknown): AppError {
  return new AppError("storage_key_unknown", "R2 does not know the access key. Nothing was read or written.", {
    hint: "Check R2_ACCESS_KEY_ID and that its API token was not deleted; the key belongs to one account (R2_ACCOUNT_ID).",
    cause,
  });
}

function forbidden({ verb, key, bucket }: Refusal, cause: unknown): AppError {
  if (verb === "getLifecycle" || verb === "putLifecycle") return rulesForbidden(verb, bucket, cause);
  const reads = READS.includes(verb);
  const doing =
    verb === "list" || verb === "listUploads"
      ? "list its objects"
      : `${reads ? "read" : verb === "delete" ? "delete" : "write"} ${key}`;
  const right = reads ? "Object Read" : "Object Read & Write";
  return new AppError(
    "storage_forbidden",
    `The API token has no right to ${doing} in bucket ${bucket}: it lacks "${right}". Nothing was changed.`,
    {
      hint: `In Cloudflare, give the token the permission "${right}" for bucket ${bucket}; a new permission takes up to a minute to work.`,
      cause,
    },
  );
}

/** Rules belong to the bucket, and R2 lets only tokens with an admin's right reach them; backups need no such token. */
function rulesForbidden(verb: "getLifecycle" | "putLifecycle", bucket: string, cause: unknown): AppError {
  const doing = verb === "getLifecycle" ? "read" : "write";
  return new AppError(
    "storage_forbidden",
    `The API token may not ${doing} the rules of bucket ${bucket}: that takes the permission "Admin Read & Write". Backups work without it; nothing was changed.`,
    {
      hint: "Add the rule by hand in Cloudflare's dashboard (the bucket, Settings, Object lifecycle rules), or give the token that permission for as long as it is needed.",
      cause,
    },
  );
}

function clockSkewed(offsetMs: number | null, cause: unknown): AppError {
  const by =
    offsetMs === null
      ? "more than 15 minutes off"
      : `${inWords(Math.abs(offsetMs))} ${offsetMs > 0 ? "behind" : "ahead of"} R2's`;
  return new AppError(
    "storage_clock_skewed",
    `This machine's clock is ${by}, so R2 refuses every request. Nothing was read or written.`,
    {
      hint: "Set the clock (for example: timedatectl set-ntp true); Nestegg needs no restart afterwards.",
      cause,
    },
  );
}

function inWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
