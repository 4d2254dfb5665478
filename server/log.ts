import pino, { type Logger } from "pino";

export type Log = Logger;

/** Paths whose values never reach a log line, wherever the object came from. */
const SECRET_PATHS = [
  "secretAccessKey",
  "*.secretAccessKey",
  "accessKeyId",
  "*.accessKeyId",
  "password",
  "*.password",
  "authorization",
  "*.authorization",
  "cookie",
  "*.cookie",
  "token",
  "*.token",
];

/** JSON lines on stderr, so that stdout stays for the one line a person reads at start. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: "[secret]" },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
