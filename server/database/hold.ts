import type { DuckDBConnection } from "@duckdb/node-api";
import type { Clock } from "../clock";
import type { Log } from "../log";

/** One transaction kept open for long halves the app's speed and grows memory; relayed this often it costs nothing (measured). */
const RELAY_MS = 1_000;

export interface HoldDeps {
  connect(): Promise<DuckDBConnection>;
  clock: Clock;
  log: Log;
}

/**
 * Makes the engine itself refuse every CHECKPOINT, from whichever door, by an uncommitted CREATE TABLE. A new one is
 * opened before the old one is rolled back, so one is open at every instant. Rolling back adds no byte to the WAL.
 */
export class Hold {
  readonly #deps: HoldDeps;
  readonly #ending = new AbortController();
  readonly #relaying: Promise<void>;
  #current: DuckDBConnection;
  #intact = true;

  static async place(deps: HoldDeps): Promise<Hold> {
    return new Hold(deps, await openBlocker(deps));
  }

  private constructor(deps: HoldDeps, first: DuckDBConnection) {
    this.#deps = deps;
    this.#current = first;
    this.#relaying = this.#relay();
  }

  /** False from the moment on from which a checkpoint may have happened. */
  get intact(): boolean {
    return this.#intact;
  }

  async release(): Promise<void> {
    this.#ending.abort();
    await this.#relaying;
    await this.#close(this.#current);
  }

  async #relay(): Promise<void> {
    const { clock, log } = this.#deps;
    for (;;) {
      await clock.sleep(RELAY_MS, this.#ending.signal);
      if (this.#ending.signal.aborted || !this.#intact) return;
      try {
        const next = await openBlocker(this.#deps);
        const old = this.#current;
        this.#current = next;
        await this.#close(old);
      } catch (error) {
        log.warn({ err: error }, "the hold could not be relayed; the one before it stays");
        await this.#check();
      }
    }
  }

  /** A transaction that the engine has given up answers every statement with an error. */
  async #check(): Promise<void> {
    try {
      await this.#current.run("SELECT 1");
    } catch (error) {
      this.#lose(error);
    }
  }

  async #close(blocker: DuckDBConnection): Promise<void> {
    try {
      await blocker.run("ROLLBACK");
    } catch (error) {
      this.#lose(error);
    } finally {
      blocker.disconnectSync();
    }
  }

  #lose(error: unknown): void {
    this.#intact = false;
    this.#deps.log.error({ err: error }, "the hold is lost: what is being read is no snapshot any more");
  }
}

async function openBlocker({ connect, clock }: HoldDeps): Promise<DuckDBConnection> {
  const connection = await connect();
  try {
    await connection.run("BEGIN TRANSACTION");
    await connection.run(`CREATE TABLE nestegg_hold_${clock.randomHex(8)} (x INTEGER)`);
    return connection;
  } catch (error) {
    connection.disconnectSync();
    throw error;
  }
}
