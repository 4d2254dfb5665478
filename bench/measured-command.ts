import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Usage {
  seconds: number;
  /** User and system together; null where nobody tells. */
  cpuSeconds: number | null;
  peakMegabytes: number | null;
}

export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string | undefined>;
  cwd?: string;
}

/** GNU time; without it the columns of other programs stay empty. */
const TIME = "/usr/bin/time";
const LAST_WORDS = 300;
/** A tool that tries a full or broken store again and again would hold the whole bench; nothing measured took a tenth of it. */
const LIMIT_SECONDS = 1_200;
/** What `timeout` of coreutils ends with when it had to end the program. */
const TIMED_OUT = 124;

/** Runs a program to its end. Rejects with its last words when it fails. */
export async function measureCommand({ program, args, env, cwd }: Command): Promise<Usage> {
  const folder = await mkdtemp(join(tmpdir(), "nestegg-bench-time-"));
  const report = join(folder, "time");
  const isTimed = process.platform === "linux" && existsSync(TIME);
  const limited = [
    "-f",
    "%U %S %M",
    "-o",
    report,
    "timeout",
    "--foreground",
    "-k",
    "10",
    String(LIMIT_SECONDS),
    program,
    ...args,
  ];
  const [file, given] = isTimed ? [TIME, limited] : [program, args];
  try {
    const startedAt = performance.now();
    const child = spawn(file, given, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-LAST_WORDS);
      });
    }
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    const seconds = (performance.now() - startedAt) / 1000;
    if (isTimed && code === TIMED_OUT) throw new Error(`${program} was ended after ${LIMIT_SECONDS} s: ${said.trim()}`);
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${said.trim()}`);
    if (!isTimed) return { seconds, cpuSeconds: null, peakMegabytes: null };
    const [user = 0, system = 0, kibibytes = 0] = (await readFile(report, "utf8")).trim().split(" ").map(Number);
    return { seconds, cpuSeconds: user + system, peakMegabytes: (kibibytes * 1024) / 1e6 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
