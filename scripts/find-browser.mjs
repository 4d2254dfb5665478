// @ts-check
// Finds a Chromium for the browser tests, or gets one: CHROMIUM_PATH, the system's, Playwright's, Playwright's download,
// the system's package as root on Debian. Run by itself it prints the path.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./lib/run.mjs";

const COMMANDS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const MAC_APPLICATIONS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/** Long enough for 170 MB on a good line; offline it would try for many minutes. */
const DOWNLOAD_LIMIT_MS = 60_000;

/**
 * The machine as the search sees it; tests hand in another one.
 * @typedef {object} Machine
 * @property {Record<string, string | undefined>} env
 * @property {string} platform
 * @property {boolean} isRoot
 * @property {boolean} isDebian
 * @property {(path: string) => boolean} isExecutable
 * @property {() => Promise<string>} playwrightPath
 * @property {(command: string, args: string[], limitMs?: number) => Promise<boolean>} attempt
 * @property {(line: string) => void} say
 */

/**
 * @param {Machine} machine
 * @returns {Promise<string | null>} a browser that is there already
 */
export async function findBrowser(machine) {
  const named = machine.env.CHROMIUM_PATH;
  if (named) {
    if (machine.isExecutable(named)) return named;
    throw new Error(
      `CHROMIUM_PATH is ${named}, and no program is there. Correct it, or unset it to let the tests look.`,
    );
  }
  const folders = (machine.env.PATH ?? "").split(delimiter).filter(Boolean);
  const onSystem = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)));
  const candidates = machine.platform === "darwin" ? [...onSystem, ...MAC_APPLICATIONS] : onSystem;
  const found = candidates.find((path) => machine.isExecutable(path));
  if (found) return found;
  const ofPlaywright = await machine.playwrightPath();
  return machine.isExecutable(ofPlaywright) ? ofPlaywright : null;
}

/**
 * @param {Machine} machine
 * @returns {Promise<string>}
 */
export async function getBrowser(machine) {
  const there = await findBrowser(machine);
  if (there) return there;
  machine.say("No Chromium found; downloading Playwright's (60 s at most) …");
  await machine.attempt("npx", ["playwright", "install", "chromium"], DOWNLOAD_LIMIT_MS);
  const downloaded = await findBrowser(machine);
  if (downloaded) return downloaded;
  if (machine.isRoot && machine.isDebian) {
    machine.say("Not reachable; installing the system's chromium …");
    await machine.attempt("apt-get", ["update", "-q"]);
    await machine.attempt("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"]);
    const installed = await findBrowser(machine);
    if (installed) return installed;
  }
  const command = machine.isDebian ? "sudo apt-get install -y chromium" : "npx playwright install chromium";
  throw new Error(`The browser tests need Chromium and none could be installed. Run:  ${command}`);
}

/** @returns {Machine} */
export function thisMachine() {
  return {
    env: process.env,
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    isDebian: existsSync("/etc/debian_version"),
    isExecutable(path) {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    },
    playwrightPath: async () => (await import("playwright")).chromium.executablePath(),
    async attempt(command, args, limitMs) {
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
      const { code } = await run(command, args, { cwd: process.cwd(), env, quiet: true, limitMs });
      return code === 0;
    },
    say: (line) => console.log(line),
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await getBrowser(thisMachine()));
}
