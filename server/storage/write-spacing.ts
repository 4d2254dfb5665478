import type { Clock } from "../clock";
import { pause } from "./r2-retry";

export interface WriteSpacing {
  /** Runs a write to `key` no sooner than the spacing after the last one to that key. */
  run<T>(key: string, signal: AbortSignal | undefined, write: () => Promise<T>): Promise<T>;
}

/** Keeps writes to one key apart; other keys do not wait. Remembers only the keys of the last spacing. */
export function createWriteSpacing(clock: Clock, spacingMs: number): WriteSpacing {
  /** When the next write may begin, oldest first. */
  const freeAtMs = new Map<string, number>();
  const nowMs = () => clock.now().getTime();

  function remember(key: string, atMs: number): void {
    freeAtMs.delete(key);
    freeAtMs.set(key, atMs);
    for (const [oldKey, oldMs] of freeAtMs) {
      if (oldMs > nowMs()) return;
      freeAtMs.delete(oldKey);
    }
  }

  return {
    async run(key, signal, write) {
      const startMs = Math.max(nowMs(), freeAtMs.get(key) ?? 0);
      const waitMs = startMs - nowMs();
      remember(key, startMs + spacingMs);
      if (waitMs > 0) await pause(clock, waitMs, signal);
      try {
        return await write();
      } finally {
        // The store counts from when it wrote, which is nearer to the answer than to the request.
        remember(key, Math.max(freeAtMs.get(key) ?? 0, nowMs() + spacingMs));
      }
    },
  };
}
