// @ts-check
import { spawn } from "node:child_process";

/**
 * Runs a program and hands its output on, or keeps it. Code 1 when it was killed or is not there.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, quiet?: boolean, limitMs?: number | undefined }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, { cwd, env = process.env, quiet = false, limitMs }) {
  const output = quiet ? "pipe" : "inherit";
  // With a limit the program leads a group, so that what it started ends with it.
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", output, output], detached: limitMs !== undefined });
  /** @type {Buffer[]} */
  const said = [];
  child.stdout?.on("data", (chunk) => said.push(chunk));
  child.stderr?.on("data", (chunk) => said.push(chunk));
  const limit = limitMs === undefined ? undefined : setTimeout(() => endGroup(child.pid), limitMs);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 1, output: error.message }));
    child.once("close", (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? 1, output: Buffer.concat(said).toString() });
    });
  });
}

/** @param {number | undefined} pid */
function endGroup(pid) {
  if (pid) process.kill(-pid, "SIGKILL");
}

/**
 * @param {string} root
 * @param {string} name of a package's command
 */
export function binary(root, name) {
  return `${root}/node_modules/.bin/${name}`;
}
