import { type ChildProcess, fork } from "node:child_process";
import { bundledProgram } from "./bundled-program";

/** Programs of this folder that tests kill. */
type Program = "runtime-process" | "restore-process" | "upload-process";

/** Its workers lie beside its bundle. */
export function forkProgram(name: Program, words: string[], environment: Record<string, string> = {}): ChildProcess {
  return fork(bundledProgram(name), words, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}
