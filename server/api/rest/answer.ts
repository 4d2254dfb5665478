import type { Failure } from "../failure";

/** Answers tell of the moment; no cache on the way may keep them. */
const NO_STORE = { "cache-control": "no-store" };

export function answerJson(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...NO_STORE, ...headers } });
}

/** The one shape of everything that went wrong. `status` differs from the code's own only for ranges (416). */
export function answerFailure(failure: Failure, headers: Record<string, string> = {}): Response {
  const { code, message, hint, status, retryAfterSeconds } = failure;
  const extra = { ...headers };
  if (status === 401) extra["www-authenticate"] = "Bearer";
  if (retryAfterSeconds !== null) extra["retry-after"] = String(retryAfterSeconds);
  return answerJson({ success: false, error: { code, message, hint } }, status, extra);
}
