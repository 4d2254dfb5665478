import { AppError } from "../../errors";

/** The contract's limit for every body that Nestegg takes. */
export const BODY_MAX_BYTES = 1024 * 1024;

/**
 * The request's JSON, or undefined when there is no body; no content type is asked for.
 * Bytes are counted as they arrive: a sender may leave Content-Length out, or lie.
 */
export async function readJson(request: Request): Promise<unknown> {
  if (Number(request.headers.get("content-length")) > BODY_MAX_BYTES) throw tooLarge();
  const text = await readText(request);
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError("invalid_input", "The body is not valid JSON; nothing was changed.", {
      hint: "Check quotes and commas, or leave the body out where it is optional.",
      cause: error,
    });
  }
}

async function readText(request: Request): Promise<string> {
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (let next = await readOn(reader); !next.done; next = await readOn(reader)) {
    bytes += next.value.byteLength;
    if (bytes > BODY_MAX_BYTES) {
      // Not awaited: the sender may never stop, and the answer must not wait for it.
      reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    chunks.push(next.value);
  }
  return decode(Buffer.concat(chunks));
}

/** A sender that breaks off is no fault of ours: it must not become an Internal error in the log. */
export async function readOn(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (error) {
    throw new AppError("invalid_input", "The body broke off before its end; nothing was changed.", {
      hint: "Send it again.",
      cause: error,
    });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError("invalid_input", "The body is not UTF-8 text; nothing was changed.", {
      hint: "Send JSON encoded as UTF-8.",
      cause: error,
    });
  }
}

function tooLarge(): AppError {
  return new AppError("too_large", "The body is over 1 MiB, so it was not read; nothing was changed.", {
    hint: "Send it in smaller pieces.",
  });
}
