import { AppError } from "../errors";
import type { R2Client } from "./r2-client";

const ANSWER_MS = 10_000;

/** The status that a stranger's GET of this object gets: nothing is signed, no redirect is followed, the body is not read. */
export async function getUnsigned(
  client: Pick<R2Client, "bucket" | "counter">,
  { endpoint, key, signal }: { endpoint: string; key: string; signal: AbortSignal | undefined },
): Promise<number> {
  const path = [client.bucket, ...key.split("/")].map(encodeURIComponent).join("/");
  const patience = AbortSignal.timeout(ANSWER_MS);
  client.counter.add("get");
  try {
    const answer = await fetch(`${endpoint.replace(/\/+$/, "")}/${path}`, {
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    throw new AppError("storage_unreachable", "A request without credentials was not answered.", {
      hint: "Try again in a minute.",
      cause: error,
    });
  }
}
