import { Readable } from "node:stream";
import type { Clock } from "../clock";
import { pause } from "./r2-retry";

/** Small enough that even a slow line moves several times a second, and several parts get their turn. */
const LONGEST_CHUNK_MS = 100;
const LARGEST_CHUNK_BYTES = 64 * 1024;
/** Timers come late; what was lost that way may be made up for, but no more: the line stays even. */
const CATCH_UP_MS = 100;

export interface UploadPace {
  /** The bytes of `body`, no faster than the pace that all bodies of this store share. Destroy it when its request is over. */
  stream(body: Uint8Array): Readable;
}

export function createUploadPace(clock: Clock, bytesPerSecond: number): UploadPace {
  const chunkBytes = Math.max(1, Math.min(LARGEST_CHUNK_BYTES, Math.floor((bytesPerSecond * LONGEST_CHUNK_MS) / 1000)));
  let nextMs = 0;

  async function takeTurn(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = clock.now().getTime();
    const turnMs = Math.max(nextMs, nowMs - CATCH_UP_MS);
    nextMs = turnMs + (bytes / bytesPerSecond) * 1000;
    if (turnMs > nowMs) await pause(clock, turnMs - nowMs, signal);
  }

  return {
    stream(body) {
      const stop = new AbortController();
      let position = 0;
      return new Readable({
        highWaterMark: chunkBytes,
        read() {
          const chunk = body.subarray(position, position + chunkBytes);
          position += chunk.byteLength;
          if (chunk.byteLength === 0) {
            this.push(null);
            return;
          }
          takeTurn(chunk.byteLength, stop.signal).then(
            () => this.push(chunk),
            (error) => this.destroy(error),
          );
        },
        destroy(error, done) {
          stop.abort();
          done(error);
        },
      });
    },
  };
}
