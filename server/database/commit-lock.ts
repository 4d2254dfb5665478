/**
 * Keeps the end of every transaction and every CHECKPOINT apart. DuckDB lets rows be inserted and deleted while it
 * checkpoints, and 1.5.6 then writes some deletes into the main file that were committed after the checkpoint began
 * (measured): alone, without the WAL, it would be no single instant. Statements go on; only COMMIT and ROLLBACK wait.
 */
export class CommitLock {
  readonly #ending = new Set<Promise<unknown>>();
  #checkpoint: Promise<void> | null = null;

  /** Ends go side by side; each waits for the checkpoint that runs. A ROLLBACK marks deleted rows as changed, so it counts too. */
  async end<T>(work: () => Promise<T>): Promise<T> {
    while (this.#checkpoint !== null) await this.#checkpoint;
    const running = work();
    const settled = running.catch(() => undefined);
    this.#ending.add(settled);
    try {
      return await running;
    } finally {
      this.#ending.delete(settled);
    }
  }

  /** Waits for the ends that run; those that come later wait until `work` is over. One at a time: its caller sees to that. */
  async checkpoint<T>(work: () => Promise<T>): Promise<T> {
    let end = () => {};
    this.#checkpoint = new Promise((resolve) => {
      end = resolve;
    });
    try {
      await Promise.all(this.#ending);
      return await work();
    } finally {
      this.#checkpoint = null;
      end();
    }
  }
}
