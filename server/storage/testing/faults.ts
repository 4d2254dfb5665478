/** What can happen to a request. Sizes are bytes of the answer's body. */
export type Fault =
  /** The connection breaks before the store has heard of it. */
  | { kind: "reset-before" }
  /** The store does it, the answer is lost. */
  | { kind: "reset-after" }
  | { kind: "never-answer" }
  /** Not forwarded before this settles. */
  | { kind: "hold"; until: Promise<unknown> }
  | { kind: "truncate"; afterBytes: number }
  | { kind: "stall"; afterBytes: number }
  | { kind: "slow"; bytesPerSecond: number }
  /** The answer's Date header is off by this much. */
  | { kind: "date"; offsetMs: number }
  /** R2's 429 for a second write to a key within a second. */
  | { kind: "one-write-per-second" }
  | { kind: "throttled" }
  | { kind: "server-error" }
  | { kind: "unavailable" }
  /** The token's permission was taken away. */
  | { kind: "forbidden" }
  | { kind: "key-unknown" }
  | FaultAnswer;

export interface FaultAnswer {
  kind: "status";
  status: number;
  code: string;
  headers?: Record<string, string>;
  dateOffsetMs?: number;
  /** Answered before the request's body was read, as a busy server does. */
  isEarly?: boolean;
  /** Behind the error's last tag. */
  bodyTail?: string;
}

/** R2's own words for the faults that are plain answers. */
export const FAULT_ANSWERS: Partial<Record<Fault["kind"], FaultAnswer>> = {
  "one-write-per-second": { kind: "status", status: 429, code: "TooManyRequests" },
  throttled: { kind: "status", status: 429, code: "TooManyRequests" },
  "server-error": { kind: "status", status: 500, code: "InternalError" },
  unavailable: { kind: "status", status: 503, code: "ServiceUnavailable" },
  forbidden: { kind: "status", status: 403, code: "AccessDenied" },
  "key-unknown": { kind: "status", status: 401, code: "Unauthorized" },
};
