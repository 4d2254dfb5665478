import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { AppError, ERROR_STATUS, type ErrorCode } from "../errors";

interface Question {
  url: string;
  token: string;
  body: Record<string, unknown>;
  signal: AbortSignal;
}

/**
 * One POST to a running server's REST API. Its refusals come back as the errors that they are; `degraded` with a cause when nobody
 * answers. Not fetch: that gives up after five minutes without a byte, and a backup may take longer.
 */
export async function askServer({ url, token, body, signal }: Question): Promise<unknown> {
  const { status, text } = await send(url, { token, body, signal });
  const answer = jsonOrNull(text);
  if (status >= 200 && status < 300 && answer !== null) return answer;
  const error = answer?.error as { code?: unknown; message?: unknown; hint?: unknown } | undefined;
  if (typeof error?.message === "string") {
    const known = typeof error.code === "string" && Object.hasOwn(ERROR_STATUS, error.code);
    throw new AppError(known ? (error.code as ErrorCode) : "internal", error.message, {
      hint: typeof error.hint === "string" ? error.hint : undefined,
    });
  }
  throw new AppError("internal", `What answers at ${url} is no Nestegg (status ${status}). No backup was taken.`, {
    hint: "Check PUBLIC_URL, or name the address with --url.",
  });
}

function send(url: string, { token, body, signal }: Omit<Question, "url">): Promise<{ status: number; text: string }> {
  const request = url.startsWith("https:") ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal,
    });
    sent.once("error", (cause) => reject(signal.aborted ? leftWaiting(cause) : nobody(url, cause)));
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", (cause) => reject(signal.aborted ? leftWaiting(cause) : nobody(url, cause)));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    sent.end(JSON.stringify(body));
  });
}

function leftWaiting(cause: Error): AppError {
  return new AppError("cancelled", "Nobody waits for the answer any more; the server goes on with the backup.", {
    cause,
  });
}

function nobody(url: string, cause: Error): AppError {
  return new AppError(
    "degraded",
    `The server at ${url} cannot be asked: ${cause.message}. No backup is known to be taken.`,
    {
      hint: "Check that it runs and that PUBLIC_URL, or HOST and PORT, are its own; or name its address with --url.",
      cause,
    },
  );
}

function jsonOrNull(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
