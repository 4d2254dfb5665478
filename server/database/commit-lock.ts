/**
 * Keeps every COMMIT and every CHECKPOINT apart. DuckDB lets rows be inserted and deleted while it checkpoints, and
 * 1.5.6 then writes some deletes into the main file that were committed after the checkpoint began (measured): alone,
 * without the WAL, the file would be no single instant. Statements go on meanwhile; only their COMMIT waits.
 */
export class CommitLock {
  readonly #committing = new Set<Promise<unknown>>();
  #checkpoint: Promise<void> | null = null;

  /** Commits go side by side; each waits for the checkpoint that runs, and no longer than for that one. */
  async commit<T>(work: () => Promise<T>): Promise<T> {
    while (this.#checkpoint !== null) await this.#checkpoint;
    const running = work();
    const settled = running.catch(() => undefined);
    this.#committing.add(settled);
    try {
      return await running;
    } finally {
      this.#committing.delete(settled);
    }
  }

  /** Waits for the commits that run; those that come later wait until `work` is over. One at a time: its caller sees to that. */
  async checkpoint<T>(work: () => Promise<T>): Promise<T> {
    let end = () => {};
    this.#checkpoint = new Promise((resolve) => {
      end = resolve;
    });
    try {
      await Promise.all(this.#committing);
      return await work();
    } finally {
      this.#checkpoint = null;
      end();
    }
  }
}
