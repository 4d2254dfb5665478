/**
 * Tells whether any definition can have changed between two moments, so that a judgement about views and macros may be
 * used again. Counts at the start and at the end of every commit that holds DDL.
 */
export class CatalogWatch {
  #generation = 0;
  #changing = 0;

  /** Taken before a transaction begins. Null while a definition is being committed. */
  mark(): number | null {
    return this.#changing === 0 ? this.#generation : null;
  }

  /** True when no commit with DDL overlapped the time since the mark. */
  isCurrent(mark: number | null): mark is number {
    return mark === this.#generation;
  }

  async change(commit: () => Promise<void>): Promise<void> {
    this.#generation += 1;
    this.#changing += 1;
    try {
      await commit();
    } finally {
      this.#generation += 1;
      this.#changing -= 1;
    }
  }
}
