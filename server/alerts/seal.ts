import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { AlertChannelSettings } from "../nestegg-operate";

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
/** What the algorithm wants; random, as so few are ever made. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Settings with their secrets, as they lie in the control database: a copy of that file alone does not give them away. */
export interface Seal {
  seal(settings: AlertChannelSettings): string;
  /** Null when it was sealed under another AUTH_SECRET, or changed since. */
  open(sealed: string): AlertChannelSettings | null;
}

export function createSeal(authSecret: string): Seal {
  // The sign-in cookies use the same secret: a key of its own, so that neither helps against the other.
  const key = Buffer.from(hkdfSync("sha256", authSecret, "", "nestegg alert channels", KEY_BYTES));
  return {
    seal(settings) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      const body = Buffer.concat([cipher.update(JSON.stringify(settings), "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64");
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
        return JSON.parse(text.toString("utf8")) as AlertChannelSettings;
      } catch {
        // A tag that does not fit is the one way to learn that the key is another one.
        return null;
      }
    },
  };
}
