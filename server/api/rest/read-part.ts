import { AppError } from "../../errors";
import { readOn } from "./read-json";

/**
 * The body piece by piece, never held whole. Ends only when exactly `bytes` came, and throws otherwise: a reader that stores
 * what it was given can take the end for the part being there. A length that says otherwise is refused before the first byte.
 */
export function readPart(request: Request, bytes: number): AsyncIterable<Uint8Array> {
  const said = request.headers.get("content-length");
  if (said !== null && Number(said) !== bytes) throw wrongLength(Number(said), bytes);
  return pieces(request, bytes);
}

async function* pieces({ body }: Request, bytes: number): AsyncGenerator<Uint8Array> {
  if (!body) throw wrongLength(0, bytes);
  let came = 0;
  const reader = body.getReader();
  try {
    for (let next = await readOn(reader); !next.done; next = await readOn(reader)) {
      came += next.value.byteLength;
      if (came > bytes) throw wrongLength(came, bytes);
      yield next.value;
    }
    if (came < bytes) throw wrongLength(came, bytes);
  } finally {
    // Not awaited: the sender may never stop, and the answer must not wait for it.
    reader.cancel().catch(() => undefined);
  }
}

function wrongLength(came: number, bytes: number): AppError {
  const hint = "Cut the file into parts as the upload says, and send this one again.";
  if (came > bytes) {
    return new AppError("too_large", `The part has ${bytes} bytes, and more were sent; it was not kept.`, { hint });
  }
  return new AppError("invalid_input", `The part has ${bytes} bytes, but ${came} were sent; it was not kept.`, {
    hint,
  });
}
