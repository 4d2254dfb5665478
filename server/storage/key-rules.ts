import { AppError } from "../errors";

/** R2 and S3 refuse longer keys, so that a local bucket must not hold one that could never move to R2. */
const MAX_KEY_BYTES = 1024;

/**
 * Throws for a key that some store could not hold. A segment `.` or `..` is refused everywhere: a URL parser on the way
 * to R2 would resolve it, and the request would reach another object.
 */
export function checkKey(key: string): void {
  const fault = keyFault(key);
  if (!fault) return;
  throw new AppError("invalid_input", `The object name ${JSON.stringify(key)} ${fault}; nothing was read or written.`, {
    hint: "Use a name without '.' or '..' as a folder, of at most 1,024 bytes.",
  });
}

function keyFault(key: string): string | null {
  if (key === "") return "is empty";
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  // An unpaired surrogate has no UTF-8 form: Buffer replaces it, and two keys would become one.
  if (Buffer.from(key).toString() !== key) return "is not well-formed Unicode";
  if (key.split("/").some((segment) => segment === "." || segment === "..")) return "has a folder named '.' or '..'";
  return null;
}
