// @ts-check
// Scrapes a built server as Prometheus would, and has Prometheus' own tool read what came back and the alert rules.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { becomesReady, freePort } from "./smoke.mjs";

const RULES = "docs/prometheus-alerts.yml";

/**
 * @param {string} root
 * @returns {Promise<string | null>} what went wrong
 */
export async function checkMetrics(root) {
  const missing = havePromtool();
  if (missing) return missing;
  const rules = promtool(["check", "rules", join(root, RULES)], "");
  if (rules) return `${RULES}: ${rules}`;
  const scraped = await scrape(root);
  if ("fault" in scraped) return scraped.fault;
  const lint = promtool(["check", "metrics"], scraped.text);
  return lint ? `/api/metrics: ${lint}` : null;
}

/** @returns {string | null} why there is none */
function havePromtool() {
  if (spawnSync("promtool", ["--version"]).status === 0) return null;
  if (process.getuid?.() !== 0)
    return "promtool is missing: install the Debian package prometheus (no root here to do it).";
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () => spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "prometheus"], { env });
  if (install().status !== 0) {
    spawnSync("apt-get", ["update"]);
    install();
  }
  if (spawnSync("promtool", ["--version"]).status === 0) return null;
  return "promtool is missing, and the Debian package prometheus could not be installed by apt-get.";
}

/**
 * @param {string[]} args
 * @param {string} input
 * @returns {string | null} what it found
 */
function promtool(args, input) {
  const { status, stdout, stderr } = spawnSync("promtool", args, { input, encoding: "utf8" });
  return status === 0 ? null : `promtool ${args.slice(0, 2).join(" ")} ended with ${status}: ${stdout}${stderr}`.trim();
}

/**
 * After one backup, so that as many metrics as possible have a value.
 * @param {string} root
 * @returns {Promise<{ text: string } | { fault: string }>}
 */
async function scrape(root) {
  const dataDir = mkdtempSync(join(tmpdir(), "nestegg-metrics-"));
  const port = await freePort();
  const token = randomBytes(24).toString("hex");
  const child = spawn("npm", ["start"], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir, PORT: String(port), HOST: "127.0.0.1", ADMIN_API_TOKEN: token },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const notReady = await Promise.race([becomesReady(port), ended.then(() => "It ended before it was ready.")]);
    if (notReady !== null) return { fault: `${notReady}\n${said}` };
    const url = `http://127.0.0.1:${port}`;
    const headers = { authorization: `Bearer ${token}` };
    const backup = await fetch(`${url}/api/admin/backup`, { method: "POST", headers });
    if (!backup.ok) return { fault: `A backup answered ${backup.status}: ${await backup.text()}` };
    const refused = await fetch(`${url}/api/metrics`);
    if (refused.status !== 401) return { fault: `/api/metrics answers ${refused.status} without a token, not 401.` };
    const answer = await fetch(`${url}/api/metrics`, { headers });
    const text = await answer.text();
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/plain; version=0.0.4")) {
      return { fault: `/api/metrics answers ${answer.status}, ${answer.headers.get("content-type")}: ${text}` };
    }
    return { text };
  } finally {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await ended;
    clearTimeout(late);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const fault = await checkMetrics(fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, ""));
  console.log(fault ?? "metrics: read by promtool without a word, and the alert rules too");
  process.exitCode = fault === null ? 0 : 1;
}
