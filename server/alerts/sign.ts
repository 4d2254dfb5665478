import { createHmac } from "node:crypto";

export const TIMESTAMP_HEADER = "Nestegg-Timestamp";
export const SIGNATURE_HEADER = "Nestegg-Signature";

/** HMAC-SHA256 of "timestamp.body": the time is signed too, so that an old message cannot be sent again as a new one. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}
