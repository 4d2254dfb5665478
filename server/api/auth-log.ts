import { createLog } from "../log";

const MESSAGE_MAX_CHARACTERS = 300;
/** Everyday matters: somebody looked with a session that is over. */
const QUIET_CODES = new Set(["JWT_SESSION_ERROR"]);

/**
 * In place of next-auth's own console lines. Only the message: the objects beside it hold the provider's settings with their
 * secret, tokens and claims.
 */
export function noteAuthFault(code: string, metadata: unknown): void {
  if (QUIET_CODES.has(code)) return;
  createLog("error").error({ code, reason: messageOf(metadata) }, "sign-in did not work");
}

export function messageOf(metadata: unknown): string {
  const inner = isObject(metadata) && "error" in metadata ? metadata.error : metadata;
  const message = isObject(inner) && "message" in inner ? inner.message : "no reason given";
  return String(message).slice(0, MESSAGE_MAX_CHARACTERS);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
