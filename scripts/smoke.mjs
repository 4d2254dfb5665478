// @ts-check
// Starts the product the way a person does (`npm start`), waits until it is ready, stops it the way a machine does.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A first start builds; a slow machine needs minutes for that. */
const READY_LIMIT_MS = 10 * 60_000;
const STOP_LIMIT_MS = 40_000;

/**
 * @param {string} root
 * @returns {Promise<string | null>} what went wrong
 */
export async function smoke(root) {
  const dataDir = mkdtempSync(join(tmpdir(), "nestegg-smoke-"));
  const port = await freePort();
  const child = spawn("npm", ["start"], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir, PORT: String(port), HOST: "127.0.0.1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  try {
    const ready = await Promise.race([
      becomesReady(port),
      ended.then((code) => `It ended with ${code} before it was ready.`),
    ]);
    if (ready !== null) return `${ready}\n${said}`;
    child.kill("SIGTERM");
    const code = await Promise.race([ended, sleep(STOP_LIMIT_MS, "no exit")]);
    return code === 0 ? null : `After SIGTERM: ${code}, not exit code 0.\n${said}`;
  } finally {
    child.kill("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * @param {number} port
 * @returns {Promise<string | null>}
 */
export async function becomesReady(port) {
  const deadline = Date.now() + READY_LIMIT_MS;
  let last = "no answer";
  while (Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => null);
    if (answer?.status === 200) return null;
    if (answer) last = `${answer.status} ${await answer.text()}`;
    await sleep(250);
  }
  return `/api/health was never 200: ${last}`;
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(address && typeof address === "object" ? address.port : 0));
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const fault = await smoke(fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, ""));
  console.log(fault ?? "npm start: ready, and stopped with 0");
  process.exitCode = fault === null ? 0 : 1;
}
