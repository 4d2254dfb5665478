import { Readable } from "node:stream";
import type { Clock } from "../clock";
import { pause } from "./r2-retry";

/** Small enough that even a slow line moves several times a second, and several parts get their turn. */
const LONGEST_CHUNK_MS = 100;
const LARGEST_CHUNK_BYTES = 64 * 1024;
/** Timers come late; what was lost that way may be made up for, but no more: the line stays even. */
const CATCH_UP_MS = 100;
/** Each body waits for one chunk at a time, so a turn further away than this means that the clock was set back. */
const FARTHEST_TURN_MS = 10_000;

export interface UploadPace {
  /** A body that is read no faster than the pace that all bodies of this store share. */
  stream(body: Uint8Array, signal?: AbortSignal): PacedBody;
}

export interface PacedBody {
  stream: Readable;
  /** For the request: fires when the caller's signal does, and on `giveUp`. */
  signal: AbortSignal;
  /** After a failure: a store that answers before the body is through would keep a half-sent request and its connection. */
  giveUp(): void;
  /** When the request is over, however it ended. */
  release(): void;
}

export function createUploadPace(clock: Clock, bytesPerSecond: number): UploadPace {
  const chunkBytes = Math.max(1, Math.min(LARGEST_CHUNK_BYTES, Math.floor((bytesPerSecond * LONGEST_CHUNK_MS) / 1000)));
  let nextMs = 0;

  async function takeTurn(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = clock.now().getTime();
    const isFar = nextMs > nowMs + FARTHEST_TURN_MS;
    const turnMs = isFar ? nowMs : Math.max(nextMs, nowMs - CATCH_UP_MS);
    nextMs = turnMs + (bytes / bytesPerSecond) * 1000;
    if (turnMs > nowMs) await pause(clock, turnMs - nowMs, signal);
  }

  return {
    stream(body, signal) {
      const stop = new AbortController();
      const follow = () => stop.abort(signal?.reason);
      if (signal?.aborted) follow();
      signal?.addEventListener("abort", follow, { once: true });
      let position = 0;
      const stream = new Readable({
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
      });
      return {
        stream,
        signal: stop.signal,
        giveUp: () => stop.abort(),
        release() {
          signal?.removeEventListener("abort", follow);
          stream.destroy();
        },
      };
    },
  };
}
