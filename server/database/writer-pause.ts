/**
 * Lets new write transactions wait a moment. A busy app has some write transaction open at almost every instant, and
 * then no CHECKPOINT would ever get through; those that are open end by themselves. Never longer than a blink: one
 * transaction of an app may be waiting for another.
 */
export class WriterPause {
  #over: Promise<void> | null = null;

  /** Called before each write transaction begins. */
  async pass(): Promise<void> {
    while (this.#over !== null) await this.#over;
  }

  /** While another pause is on, `work` shares it: two in a row would be longer than a blink. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#over !== null) return work();
    let end = () => {};
    this.#over = new Promise((resolve) => {
      end = resolve;
    });
    try {
      return await work();
    } finally {
      this.#over = null;
      end();
    }
  }
}
