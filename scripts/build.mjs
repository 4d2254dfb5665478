// @ts-check
// Builds dist/ (server, worker, command line) and .next/ (pages) beside the old ones and renames them at the end, so
// that a build that fails or is killed leaves what was there.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withBuildLock } from "./lib/build-lock.mjs";
import { bundleServer, SERVER_ENTRIES } from "./lib/bundle.mjs";
import { isBuilt, stampOf } from "./lib/stamp.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const onlyIfStale = process.argv.includes("--if-stale");

// The start script leads its build as a process group of its own; when it is killed outright, nobody else ends us.
const endGroup = () => process.kill(-process.pid, "SIGKILL");
if (process.send) process.on("disconnect", endGroup);

await withBuildLock(join(root, ".next-build-lock"), async () => {
  process.send?.({ holdsLock: true });
  if (onlyIfStale && isBuilt(root)) return;
  const startedAt = Date.now();
  await buildAll();
  if (!process.send) console.log(`Built in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
});
if (process.send) process.off("disconnect", endGroup).disconnect();

async function buildAll() {
  // Taken before anything is read: a file that changes meanwhile makes the next start build again.
  const stamp = stampOf(root);
  for (const name of [".next-build", ".next-old", "dist-build", "dist-old"]) remove(name);
  await Promise.all([
    bundleServer({ root, outFolder: join(root, "dist-build"), entries: SERVER_ENTRIES }),
    buildPages(".next-build"),
  ]);
  remove(".next-build/cache");
  writeFileSync(join(root, "dist-build/stamp.json"), `${JSON.stringify(stamp)}\n`);
  remove("dist/stamp.json");
  swap(".next-build", ".next", ".next-old");
  swap("dist-build", "dist", "dist-old");
  remove(".next-old");
  remove("dist-old");
}

/**
 * In a child, because Next changes its process's environment and keeps helpers running.
 * @param {string} folder
 */
async function buildPages(folder) {
  const child = spawn(process.execPath, [join(root, "node_modules/next/dist/bin/next"), "build"], {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: "production",
      NESTEGG_NEXT_DIR: folder,
      NEXT_TELEMETRY_DISABLED: "1",
      // Next would ask a registry about the lock's platform packages; scripts/complete-lock.mjs has seen to them.
      NEXT_IGNORE_INCORRECT_LOCKFILE: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  /** @type {Buffer[]} */
  const said = [];
  child.stdout.on("data", (chunk) => said.push(chunk));
  child.stderr.on("data", (chunk) => said.push(chunk));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  pointTypesAt(folder, ".next");
  if (code !== 0) {
    console.error(Buffer.concat(said).toString());
    throw new Error("The pages could not be built. What was built before is untouched.");
  }
}

/**
 * Next notes the build's folder in next-env.d.ts, and the type check would miss it after the rename.
 * @param {string} from
 * @param {string} to
 */
function pointTypesAt(from, to) {
  const path = join(root, "next-env.d.ts");
  if (existsSync(path)) writeFileSync(path, readFileSync(path, "utf8").replaceAll(`"./${from}/`, `"./${to}/`));
}

/**
 * @param {string} from
 * @param {string} to
 * @param {string} aside
 */
function swap(from, to, aside) {
  if (existsSync(join(root, to))) renameSync(join(root, to), join(root, aside));
  renameSync(join(root, from), join(root, to));
}

/** @param {string} name */
function remove(name) {
  rmSync(join(root, name), { recursive: true, force: true });
}
