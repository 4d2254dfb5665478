// @ts-check
// The command line: the built one when it is fresh, the sources where the development tools are, else built on its own
// in a second, without the pages.
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readStamp, stampOf } from "./lib/stamp.mjs";

// The S3 client is pinned to a version that supports Node 20; its notice about later ones would stand among the answers.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
await import(pathToFileURL(await findCommandLine()).href);

/** @returns {Promise<string>} */
async function findCommandLine() {
  const withoutSources = !existsSync(join(root, "server"));
  const { server: stamp } = withoutSources ? readStamp(join(root, "dist")) : stampOf(root);
  for (const folder of ["dist", "dist-cli"]) {
    if (stamp && readStamp(join(root, folder)).server === stamp) return join(root, folder, "cli.mjs");
  }
  if (hasPackage("tsx")) {
    const { register } = await import("tsx/esm/api");
    register();
    return join(root, "server/cli.ts");
  }
  const { bundleServer } = await import("./lib/bundle.mjs");
  // Workers too: a command that verifies or restores starts one.
  const entries = { cli: "server/cli.ts", worker: "server/worker/main.ts" };
  await bundleServer({ root, outFolder: join(root, "dist-cli"), entries });
  writeFileSync(join(root, "dist-cli/stamp.json"), `${JSON.stringify({ server: stamp })}\n`);
  return join(root, "dist-cli/cli.mjs");
}

/** @param {string} name */
function hasPackage(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
