import type { Clock } from "../clock";
import type { Settings } from "../config";
import type { Log } from "../log";
import type { ExitCode } from "./exit-codes";
import type { Terminal } from "./terminal";

/** What every command works with. */
export interface Cli {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly terminal: Terminal;
  readonly version: string;
  readonly migrationsFolder: string;
  /** The folder that relative file names of the command's words mean. */
  readonly folder: string;
  /** For a running server; null: none was given. */
  readonly token: string | null;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a command found or did: the same for people and, with `--json`, for scripts. */
export interface Outcome {
  text: string;
  json: Record<string, unknown>;
  /** 0 unless said otherwise. */
  exitCode?: ExitCode;
}
