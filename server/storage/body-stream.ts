/** Where a body's bytes come from. `close` may be called more than once. */
export interface ByteSource {
  /** The next bytes, or null after the last one. */
  read(): Promise<Uint8Array | null>;
  close(): Promise<void>;
}

/**
 * A body that lets go of its connection or file on end, on failure and on `return()`. Not a generator: the `return()` of
 * a generator that was never started runs none of its `finally` blocks, and the connection would stay.
 */
export function createBodyStream(source: ByteSource): AsyncIterableIterator<Uint8Array> {
  let finished = false;
  const finish = async (): Promise<IteratorReturnResult<undefined>> => {
    finished = true;
    await source.close();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (finished) return { done: true, value: undefined };
      try {
        const chunk = await source.read();
        return chunk === null ? await finish() : { done: false, value: chunk };
      } catch (error) {
        await finish();
        throw error;
      }
    },
    return: finish,
  };
}
