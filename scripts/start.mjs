// @ts-check
// `npm start`: builds when sources or lock changed, then runs the server in this very process (package.json says
// `exec node …`), so that the signals of npm, a shell or a container reach it.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isBuilt } from "./lib/stamp.mjs";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

const STOP_SIGNALS = /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"]);
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
/** @type {ChildProcess | null} */
let build = null;
let buildHoldsLock = false;

for (const signal of STOP_SIGNALS) process.on(signal, stopEarly);
// The server's own handlers take over the moment they are there: as a container's process 1, a gap would ignore the
// signal. A tick later, because Node stops watching a signal when its last listener goes, also when one is being added.
process.on("newListener", (event, listener) => {
  if (STOP_SIGNALS.some((signal) => signal === event) && listener !== stopEarly) {
    process.nextTick(() => process.off(event, stopEarly));
  }
});

// The S3 client is pinned to a version that supports Node 20; its notice about later ones is not for who runs Nestegg.
Object.assign(process.env, { NODE_ENV: "production", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" });
if (!isBuilt(root)) {
  console.log("Building once, about 30 s …");
  const code = await runBuild();
  if (code !== 0) process.exit(1);
}
await import(new URL("../dist/main.mjs", import.meta.url).href);

/** Nothing is open before the server's own handlers are there, so there is nothing to make safe. */
function stopEarly() {
  if (build?.pid) {
    process.kill(-build.pid, "SIGKILL");
    if (buildHoldsLock) rmSync(new URL("../.next-build-lock", import.meta.url), { recursive: true, force: true });
  }
  process.exit(0);
}

/** @returns {Promise<number | null>} */
function runBuild() {
  const child = spawn(process.execPath, [fileURLToPath(new URL("build.mjs", import.meta.url)), "--if-stale"], {
    // A process group of its own, so that one kill also ends what the build has started.
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  build = child;
  child.on("message", () => {
    buildHoldsLock = true;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      build = null;
      resolve(code);
    });
  });
}
