import { type ChildProcess, spawn } from "node:child_process";
import { ADMIN, API_TOKEN, emptySettings, projectFolder } from "./environment";

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One run of the server's process, with what it printed. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  /** Null while it runs. */
  exit(): Exit | null;
}

export interface ServerProcessInput {
  port: number;
  dataDir: string;
  env: Record<string, string>;
  /** Hears every piece of stdout and stderr. */
  onOutput(text: string): void;
}

/** Starts what `npm run build` made: a test must not build again because somebody edits a file meanwhile. */
export function startProcess({ port, dataDir, env, onOutput }: ServerProcessInput): ServerProcess {
  const child = spawn(process.execPath, ["dist/main.mjs"], {
    cwd: projectFolder,
    env: {
      ...process.env,
      ...emptySettings(),
      NODE_ENV: "production",
      // As `npm start` sets it.
      UV_THREADPOOL_SIZE: "16",
      HOST: "127.0.0.1",
      PORT: String(port),
      DATA_DIR: dataDir,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ADMIN_API_TOKEN: API_TOKEN,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let exit: Exit | null = null;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    // "close", not "exit": by then the last output has been heard.
    child.once("close", (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  child.stdout.on("data", (chunk: Buffer) => onOutput(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => onOutput(chunk.toString()));
  return { child, exited, exit: () => exit };
}
