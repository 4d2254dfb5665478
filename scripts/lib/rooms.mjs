// @ts-check
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { importsOf, maskSource, sideEffectLines } from "./source-scan.mjs";

/**
 * The table of ARCHITECTURE.md's rooms. `uses` may be imported; `types` with `import type` only.
 * @typedef {{ name: string, files: RegExp, uses: string[], types?: string[], instead: string }} Room
 */

const SERVER_ROOMS = [
  "runtime",
  "api",
  "metrics",
  "backups",
  "worker",
  "database",
  "storage",
  "control",
  "schedule",
  "base",
];
const BELOW_RUNTIME = ["metrics", "backups", "worker", "database", "storage", "control", "schedule", "base"];

/** The first that fits is the file's room. @type {Room[]} */
const ROOMS = [
  {
    name: "tests",
    files: /\.(test|soak)\.tsx?$|\/testing\//,
    uses: [...SERVER_ROOMS, "tests", "app", "app's doors", "components", "scripts", "main", "cli"],
    instead: "tests may use any room",
  },
  {
    name: "app's doors",
    files: /^app\/api\/|^app\/_trpc\/server\.tsx$/,
    uses: ["app", "app's doors", "components", "api", "base"],
    types: SERVER_ROOMS,
    instead: "call the verbs of getNestegg() or a procedure of server/api",
  },
  {
    name: "app",
    files: /^app\//,
    uses: ["app", "app's doors", "components"],
    types: SERVER_ROOMS,
    instead: "go through app/_trpc; of the server, pages import types only",
  },
  {
    name: "components",
    files: /^components\//,
    uses: ["components"],
    types: SERVER_ROOMS,
    instead: "take it as a prop and report by an event; the page in app/ fetches",
  },
  {
    name: "main",
    files: /^server\/(main\.ts$|http\/)/,
    uses: ["main", "runtime", "api", "base"],
    instead: "wire it in server/runtime.ts and call it through the runtime",
  },
  {
    name: "cli",
    files: /^server\/cli(\.ts$|\/)/,
    uses: ["cli", "runtime", ...BELOW_RUNTIME],
    instead: "use the verbs of the rooms below",
  },
  {
    name: "api",
    files: /^server\/api\//,
    uses: ["api", "base"],
    types: ["runtime", ...BELOW_RUNTIME],
    instead: "ask getNestegg() for the verb; only types of the rooms below are imported",
  },
  {
    name: "runtime",
    files: /^server\/(runtime\.ts$|lifecycle\/)/,
    uses: ["runtime", ...BELOW_RUNTIME],
    instead: "the runtime wires the rooms below it and knows none above",
  },
  {
    name: "metrics",
    files: /^server\/metrics\//,
    uses: ["metrics", "backups", "base"],
    types: ["storage", "control"],
    instead: "take it from the dependencies; a scrape asks neither the bucket nor the database",
  },
  {
    name: "backups",
    files: /^server\/backups\//,
    uses: ["backups", "base"],
    types: ["worker", "database", "storage", "control"],
    instead: "take the part from the context; only its interface is imported (import type)",
  },
  {
    name: "worker",
    files: /^server\/worker\//,
    uses: ["worker", "storage", "database", "base"],
    instead: "a worker knows the store and the file format, nothing above",
  },
  { name: "database", files: /^server\/database\//, uses: ["database", "base"], instead: "have it handed in" },
  { name: "storage", files: /^server\/storage\//, uses: ["storage", "base"], instead: "have it handed in" },
  {
    name: "schedule",
    files: /^server\/(schedule|alerts)\//,
    uses: ["control", "base", "schedule"],
    instead: "have the verb injected",
  },
  { name: "control", files: /^server\/control\//, uses: ["control", "base"], instead: "have it handed in" },
  {
    name: "base",
    files:
      /^server\/(config|cron-line|oidc-settings|web-address|errors|log|clock|nestegg|nestegg-operate|nestegg-restore|file-bytes|slots|ended-well|read-body|redact|runtime-handle|auth-secret)\.ts$/,
    uses: ["base"],
    instead: "the ground floor imports nothing above it",
  },
  {
    name: "e2e's steps",
    files: /^e2e\/steps\//,
    uses: ["e2e", "e2e's steps", "tests", "scripts", "storage", "control", "base"],
    types: SERVER_ROOMS,
    instead: "steps may look into the bucket and make people; everything else goes by HTTP",
  },
  {
    name: "e2e",
    files: /^e2e\/|^playwright\.config\.ts$/,
    uses: ["e2e", "e2e's steps", "tests", "scripts"],
    types: SERVER_ROOMS,
    instead: "browser tests talk HTTP",
  },
  {
    name: "bench",
    files: /^bench\//,
    // A transfer is one worker's job; measured through the server, the peers would be compared with pages and records too.
    uses: ["bench", "e2e", "tests", "scripts", "worker", "storage", "backups", "base"],
    instead: "benches talk HTTP, or run one worker job",
  },
  { name: "scripts", files: /^scripts\//, uses: ["scripts"], instead: "scripts start processes and talk HTTP" },
];

/** Only these speak with the package; everyone else asks them. @type {{ packages: RegExp, files: RegExp, instead: string }[]} */
const PACKAGES = [
  { packages: /^@duckdb\//, files: /^server\/database\//, instead: "use server/database" },
  {
    packages: /^@(aws-sdk|smithy)\//,
    files: /^server\/storage\/r2-[\w-]+\.ts$/,
    instead: "use the ObjectStore interface",
  },
  { packages: /^(@libsql\/|drizzle-orm)/, files: /^server\/control\//, instead: "use server/control" },
  {
    packages: /^next(\/|$)/,
    files: /^(app|components)\/|^server\/main\.ts$/,
    instead: "keep Next in app/ and server/main.ts",
  },
  { packages: /^prom-client$/, files: /^server\/metrics\//, instead: "use server/metrics" },
  { packages: /^next-auth/, files: /^(app|server\/api)\//, instead: "use server/api/auth.ts" },
  { packages: /^@trpc\//, files: /^(app|server\/api)\//, instead: "take data as props, report by events" },
  { packages: /^react(-dom)?(\/|$)/, files: /^(app|components)\//, instead: "the server renders nothing itself" },
];
const FREE_OF_PACKAGE_RULES = new Set(["tests", "e2e", "e2e's steps", "bench", "scripts"]);

/** What a worker may know of the database: the file format and copies, never the live file's owner. */
const WORKER_NEVER = /^server\/database\/(live-database|swap|gate|hold)/;
/** Interfaces and closed lists, without behaviour: every room of the server may import them. */
const CONTRACTS = /^server\/(nestegg|nestegg-operate|[\w-]+\/types|storage\/object-store)\.ts$/;
/** main.ts takes the data folder before there is a runtime. */
const MAIN_ALSO = "server/control/data-folder-lock.ts";
const ENTRIES = /^server\/(main|cli|worker\/main)\.ts$/;
/** config.ts parses the environment; the entries hand it over, and main.ts sets what next-auth reads from it. */
const READS_ENVIRONMENT = /^server\/(config|main|cli)\.ts$/;

/**
 * Every breach of the table, as "file:line what, and where to go instead".
 * @param {string} root
 * @returns {{ files: number, breaches: string[] }}
 */
export function checkRooms(root) {
  const files = ["app", "components", "server", "e2e", "bench"].flatMap((folder) => sourcesUnder(root, folder));
  const breaches = files.flatMap((file) =>
    breachesOf(file, readFileSync(join(root, file), "utf8"), (path) => existsSync(join(root, path))),
  );
  return { files: files.length, breaches };
}

/**
 * @param {string} file
 * @param {string} source
 * @param {(path: string) => boolean} exists
 * @returns {string[]}
 */
export function breachesOf(file, source, exists) {
  const room = roomOf(file);
  if (!room)
    return [`${file}: belongs to no room; put it into one, or add a room to scripts/lib/rooms.mjs and ARCHITECTURE.md`];
  const masked = maskSource(source);
  const imports = importsOf(masked).flatMap((item) => {
    const target = targetOf(file, item.specifier, exists);
    const fault = target ? faultOfFile(file, room, target, item.typeOnly) : faultOfPackage(file, room, item);
    return fault ? [`${file}:${item.line} ${fault}`] : [];
  });
  return [...imports, ...faultsOfCode(file, room, masked)];
}

/**
 * @param {string} file
 * @param {Room} room
 * @param {string} target
 * @param {boolean} typeOnly
 * @returns {string | null}
 */
function faultOfFile(file, room, target, typeOnly) {
  if (/\/testing\//.test(target) && !FREE_OF_PACKAGE_RULES.has(room.name)) {
    return `imports ${target}: product code imports nothing made for tests`;
  }
  const inServer = file.startsWith("server/") || room.name === "app's doors";
  if (CONTRACTS.test(target) && (inServer || typeOnly)) return null;
  const there = roomOf(target);
  // Styles, fonts and JSON have no room.
  if (!there) return null;
  if (room.name === "worker" && WORKER_NEVER.test(target) && !typeOnly) {
    return `imports ${target}: only the server process owns the live file`;
  }
  if (
    room.name === "app's doors" &&
    there.name === "base" &&
    target !== "server/runtime-handle.ts" &&
    target !== "server/errors.ts" &&
    !typeOnly
  ) {
    return `imports ${target}: of the server's ground floor, app/ needs runtime-handle and errors only`;
  }
  if (room.name === "main" && target === MAIN_ALSO) return null;
  const allowed = typeOnly ? [...room.uses, ...(room.types ?? [])] : room.uses;
  if (allowed.includes(there.name)) return null;
  const how = !typeOnly && room.types?.includes(there.name) ? " as a value" : "";
  return `imports ${target}${how}: ${room.name} does not use ${there.name}; ${room.instead}`;
}

/**
 * @param {string} file
 * @param {Room} room
 * @param {import("./source-scan.mjs").Import} item
 * @returns {string | null}
 */
function faultOfPackage(file, room, { specifier, typeOnly }) {
  if (FREE_OF_PACKAGE_RULES.has(room.name)) return null;
  const rule = PACKAGES.find(({ packages }) => packages.test(specifier));
  if (!rule || rule.files.test(file)) return null;
  return `imports ${specifier}${typeOnly ? " (type)" : ""}: ${rule.instead}`;
}

/**
 * @param {string} file
 * @param {Room} room
 * @param {string} masked
 * @returns {string[]}
 */
function faultsOfCode(file, room, masked) {
  if (FREE_OF_PACKAGE_RULES.has(room.name)) return [];
  const faults = masked.split("\n").flatMap((line, index) => {
    const reads = /\bprocess\.env\b(?!\.NODE_ENV\b)/.test(line) && !READS_ENVIRONMENT.test(file);
    return reads ? [`${file}:${index + 1} reads process.env: settings come from server/config.ts`] : [];
  });
  if (!file.startsWith("server/") || ENTRIES.test(file)) return faults;
  const acts = sideEffectLines(masked).map(
    (line) => `${file}:${line} acts while it is loaded: only main, worker/main and cli may`,
  );
  const state = masked
    .split("\n")
    .flatMap((line, index) =>
      /^(export )?(let|var)\b/.test(line)
        ? [`${file}:${index + 1} keeps state in the module: keep it in an object that is handed on`]
        : [],
    );
  return [...faults, ...acts, ...state];
}

/** @param {string} file */
function roomOf(file) {
  return ROOMS.find((room) => room.files.test(file));
}

/**
 * The project's file behind a specifier, or null for a package.
 * @param {string} file
 * @param {string} specifier
 * @param {(path: string) => boolean} exists
 */
function targetOf(file, specifier, exists) {
  if (!/^(@\/|\.)/.test(specifier)) return null;
  const path = specifier.startsWith("@/") ? specifier.slice(2) : posix.join(posix.dirname(file), specifier);
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`, `${path}/index.tsx`];
  return candidates.find((candidate) => /\.\w+$/.test(candidate) && exists(candidate)) ?? path;
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.replaceAll("\\", "/")))
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith(".d.ts"))
    .sort();
}
