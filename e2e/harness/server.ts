import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, createApi } from "./api";
import { freePort } from "./ports";
import { type Exit, type ServerProcess, startProcess } from "./process";

const START_LIMIT_MS = 60_000;
const HEALTH_LOOK_MS = 50;
const PORT_TRIES = 5;
/** A test's database is small; a stop that takes longer hangs. */
const STOP_LIMIT_MS = 10_000;

export type AwaitedHealth = "ready" | "degraded" | "any";

export interface ServerOptions {
  env?: Record<string, string>;
  /** Waits for this state of /api/health. Default "ready". */
  until?: AwaitedHealth;
  /** A folder of the caller's, kept; else a temporary one that `dispose` removes. */
  dataDir?: string;
}

/** A server of a test's own, on its own port and folder. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** REST and SQL with the environment token. */
  readonly api: Api;
  readonly pid: number;
  logs(): string;
  /** SIGTERM, and SIGKILL when it hangs (then `signal` tells). Resolves with how it ended. */
  stop(limitMs?: number): Promise<Exit>;
  /** SIGKILL: the machine died. */
  kill(): Promise<Exit>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the present run has ended by itself. */
  ended(): Promise<Exit>;
  /** Stops when it still runs, then starts on the same folder and port, with `env` over what it had. */
  restart(options?: { env?: Record<string, string>; until?: AwaitedHealth }): Promise<void>;
  /** Ends the process and removes what it left. */
  dispose(): Promise<void>;
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "nestegg-e2e-")));
  let env = options.env ?? {};
  let output = "";
  let { port, run } = await startOnFreePort();
  const url = `http://127.0.0.1:${port}`;

  async function startOnFreePort(): Promise<{ port: number; run: ServerProcess }> {
    for (let tries = 1; ; tries += 1) {
      const candidate = await freePort();
      const from = output.length;
      const started = begin(candidate);
      const fault = await untilHealthy(candidate, started, options.until ?? "ready");
      if (fault === null) return { port: candidate, run: started };
      started.child.kill("SIGKILL");
      await started.exited;
      if (tries < PORT_TRIES && /in use/.test(output.slice(from))) continue;
      throw new Error(`${fault}\n${output}`);
    }
  }

  function begin(onPort: number): ServerProcess {
    return startProcess({ port: onPort, dataDir, env, onOutput: (text) => (output += text) });
  }

  async function stop(limitMs = STOP_LIMIT_MS): Promise<Exit> {
    if (run.exit()) return run.exited;
    run.child.kill("SIGTERM");
    const limit = setTimeout(() => {
      output += `\n[harness] no exit within ${limitMs} ms after SIGTERM: killed\n`;
      run.child.kill("SIGKILL");
    }, limitMs);
    const exit = await run.exited;
    clearTimeout(limit);
    return exit;
  }

  async function kill(): Promise<Exit> {
    run.child.kill("SIGKILL");
    return run.exited;
  }

  return {
    url,
    port,
    dataDir,
    api: createApi(url),
    get pid() {
      return run.child.pid ?? 0;
    },
    logs: () => output,
    stop,
    kill,
    signal: (name) => void run.child.kill(name),
    ended: () => run.exited,
    async restart({ env: changes = {}, until = "ready" } = {}) {
      await stop();
      env = { ...env, ...changes };
      output += "\n[harness] started again\n";
      run = begin(port);
      const fault = await untilHealthy(port, run, until);
      if (fault !== null) throw new Error(`${fault}\n${output}`);
    },
    async dispose() {
      await kill();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What went wrong, or null once /api/health says so. */
async function untilHealthy(port: number, run: ServerProcess, awaited: AwaitedHealth): Promise<string | null> {
  const deadline = Date.now() + START_LIMIT_MS;
  let last = "no answer";
  while (Date.now() < deadline) {
    const exit = run.exit();
    if (exit) return `The server ended (${exit.code ?? exit.signal}) before it was ${awaited}.`;
    const answer = await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => null);
    const text = answer ? await answer.text() : last;
    if (answer && isAwaited(text, awaited)) return null;
    last = text;
    await sleep(HEALTH_LOOK_MS);
  }
  return `The server was not ${awaited} within ${START_LIMIT_MS / 1000} s; last: ${last}`;
}

function isAwaited(text: string, awaited: AwaitedHealth): boolean {
  const status: unknown = JSON.parse(text).status;
  return awaited === "any" ? status !== "starting" : status === awaited;
}
