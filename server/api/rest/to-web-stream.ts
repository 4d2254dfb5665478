/** A response body that reads only as fast as it is taken, and lets the source go when the reader leaves. */
export function toWebStream(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    // The source holds its own chunk; a queue in between would only cost memory.
    { highWaterMark: 0 },
  );
}
