import { createHash } from "node:crypto";

/** For secrets of 128 bits and more, which need no slow hash: what is stored opens nothing. */
export function secretHash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
