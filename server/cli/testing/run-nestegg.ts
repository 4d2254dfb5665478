import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { DoctorRow } from "../../nestegg-operate";
import type { StoreSettings } from "../../storage/object-store";
import { bundledProgram } from "../../testing/bundled-program";

const SCRIPT = fileURLToPath(new URL("../../../scripts/nestegg.mjs", import.meta.url));
const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));

/** All that the commands answer between them, as far as tests look into it; what one does not answer is missing. */
export interface JsonAnswer {
  success?: boolean;
  error?: { code: string; message: string; hint: string | null };
  id?: string;
  backups?: { id: string; state: string }[];
  backup?: { id: string };
  manifest?: { file: { parts: string[] } };
  findings?: DoctorRow[];
  keptName?: string | null;
  tables?: { schema: string; name: string; rows: number }[];
  bytes?: number;
  fetchedBytes?: number;
  reusedBytes?: number;
}

export interface Ended {
  /** Null: it was killed. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Of `--json`, else empty. */
  json: JsonAnswer;
}

interface How {
  /** By scripts/nestegg.mjs, as npm runs it, instead of the bundle that it makes where no development tools are installed. */
  byScript?: boolean;
  environment?: Record<string, string>;
  /** The process ends itself by SIGKILL just before its n-th operation on a file beside the database. */
  killAtFileOperation?: number;
  /** Hears of the process, to send it a signal. */
  onStart?(child: ChildProcess): void;
}

/** The real program, with nothing of this process's environment that could be a setting. */
export async function runNestegg(words: string[], how: How = {}): Promise<Ended> {
  const kill = how.killAtFileOperation;
  const program = how.byScript ? SCRIPT : bundledProgram("cli");
  const child = spawn(
    process.execPath,
    [...(kill === undefined ? [] : ["--import", bundledProgram("kill-at")]), program, ...words],
    {
      cwd: PROJECT,
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH,
        HOME: tmpdir(),
        TMPDIR: tmpdir(),
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
        ...(kill === undefined ? {} : { KILL_AT: String(kill) }),
        ...how.environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  how.onStart?.(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said, json: words.includes("--json") && said.stdout ? JSON.parse(said.stdout) : {} };
}

/** The settings of an S3 store, as an environment. */
export function bucketEnvironment(settings: Extract<StoreSettings, { kind: "r2" }>): Record<string, string> {
  return {
    R2_ENDPOINT: settings.endpoint,
    R2_BUCKET_NAME: settings.bucket,
    R2_ACCESS_KEY_ID: settings.accessKeyId,
    R2_SECRET_ACCESS_KEY: settings.secretAccessKey,
  };
}

/** All bytes of a copy come from one of the two; a missing answer is no number and fails whatever it is compared with. */
export function fetchedAndReused({ json }: Ended): number {
  return Number(json.fetchedBytes) + Number(json.reusedBytes);
}
