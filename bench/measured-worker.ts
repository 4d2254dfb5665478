import { readFileSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectFolder } from "../e2e/harness/environment";
import { bundleServer } from "../scripts/lib/bundle.mjs";
import type { Job, ResultOf } from "../server/worker/protocol";
import type { RunJob } from "../server/worker/run-job";
import type { Usage } from "./measured-command";

export interface MeasuredJob<J extends Job> {
  result: ResultOf<J>;
  usage: Usage;
  /** Up to the message that all bytes are there and checked; null for jobs that send none. */
  checked: Usage | null;
}

export type MeasureJob = <J extends Job>(job: J) => Promise<MeasuredJob<J>>;

interface WorkerInput {
  folder: string;
  /** Where each job's CPU profile goes; null: none is taken, as it costs time. */
  profileFolder: string | null;
}

/**
 * The worker as the server starts it, bundled, one process a job, at normal priority (as at a stop). Seconds include the start of
 * the process. CPU and peak memory are what the process tells of itself when it ends.
 */
export async function prepareWorker({ folder, profileFolder }: WorkerInput): Promise<MeasureJob> {
  const built = join(folder, "worker");
  await mkdir(built, { recursive: true });
  // The bundle leaves packages out, and looks for them from where it lies.
  await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  const entries = { "run-job": "server/worker/run-job.ts", "worker-itself": "server/worker/main.ts" };
  await bundleServer({ root: projectFolder, outFolder: built, entries });
  if (profileFolder !== null) await mkdir(profileFolder, { recursive: true });
  const probe = pathToFileURL(join(projectFolder, "bench/worker-probe.mjs")).href;
  const folders = JSON.stringify({ usageFolder: built, profileFolder });
  await writeFile(
    join(built, "worker.mjs"),
    `import { watchOwnUsage } from ${JSON.stringify(probe)};\nwatchOwnUsage(${folders});\nawait import("./worker-itself.mjs");\n`,
  );
  const { runJob } = (await import(pathToFileURL(join(built, "run-job.mjs")).href)) as { runJob: RunJob };

  return async (job) => {
    const startedAt = performance.now();
    const passed = () => (performance.now() - startedAt) / 1000;
    let pid = 0;
    let checked: Usage | null = null;
    const result = await runJob(job, {
      signal: new AbortController().signal,
      lowPriority: false,
      onStart: (_send, started) => {
        pid = started;
      },
      onMessage: ({ type }) => {
        if (type === "opening") checked = { seconds: passed(), ...usedSoFar(pid) };
      },
    });
    const seconds = passed();
    const used = JSON.parse(await readFile(join(built, `${pid}.json`), "utf8"));
    return { result, checked, usage: { seconds, ...used } };
  };
}

/** Of a process that goes on; in ticks of 10 ms. Linux alone tells. */
function usedSoFar(pid: number): Omit<Usage, "seconds"> {
  if (process.platform !== "linux") return { cpuSeconds: null, peakMegabytes: null };
  // Behind the name, which may contain anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const [, kibibytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { cpuSeconds: ticks / 100, peakMegabytes: (Number(kibibytes) * 1024) / 1e6 };
}
