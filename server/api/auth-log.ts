import type { LoggerInstance } from "next-auth";
import { createLog } from "../log";
import { getServerLog } from "../runtime-handle";

const MESSAGE_MAX_CHARACTERS = 300;
/** Everyday matters: somebody looked with a session that is over. */
const QUIET_CODES = new Set(["JWT_SESSION_ERROR"]);

export type NoteAuthFault = (code: string, reason: string) => void;

export const noteInLog: NoteAuthFault = (code, reason) =>
  (getServerLog() ?? createLog("error")).error({ code, reason }, "sign-in did not work");

/**
 * In place of next-auth's own console lines. Only the message: the objects beside it hold the provider's settings with their
 * secret, tokens and claims.
 */
export function authLogger(note: NoteAuthFault): Partial<LoggerInstance> {
  return {
    error(code, metadata) {
      if (!QUIET_CODES.has(code)) note(code, messageOf(metadata));
    },
    warn: () => undefined,
    debug: () => undefined,
  };
}

function messageOf(metadata: unknown): string {
  const inner = isObject(metadata) && "error" in metadata ? metadata.error : metadata;
  const message = isObject(inner) && "message" in inner ? inner.message : "no reason given";
  return String(message).slice(0, MESSAGE_MAX_CHARACTERS);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
