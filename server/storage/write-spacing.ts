import type { Clock } from "../clock";
import { pause } from "./r2-retry";

export interface WriteSpacing {
  /** Runs a write to `key` no sooner than the spacing after the last one to that key. */
  run<T>(key: string, signal: AbortSignal | undefined, write: () => Promise<T>): Promise<T>;
  /** Keys that are remembered. */
  size(): number;
}

interface Turn {
  /** When the next write to the key may begin. */
  freeAtMs: number;
  waiting: number;
}

/** Keeps writes to one key apart; other keys do not wait. Remembers only the keys of the last spacing. */
export function createWriteSpacing(clock: Clock, spacingMs: number): WriteSpacing {
  /** The longest untouched first. */
  const turns = new Map<string, Turn>();
  const nowMs = () => clock.now().getTime();

  function remember(key: string, turn: Turn): void {
    turns.delete(key);
    turns.set(key, turn);
    for (const [oldKey, old] of turns) {
      if (old.freeAtMs > nowMs()) return;
      turns.delete(oldKey);
    }
  }

  /** How long this write has to wait. */
  function take(key: string): number {
    const now = nowMs();
    const { freeAtMs, waiting } = turns.get(key) ?? { freeAtMs: now, waiting: 0 };
    // Never longer than the writes before it need: a clock that was set back says nothing about the store.
    const waitMs = Math.max(0, Math.min(freeAtMs - now, spacingMs * (waiting + 1)));
    remember(key, { freeAtMs: now + waitMs + spacingMs, waiting: waiting + 1 });
    return waitMs;
  }

  /** The store counts from when it wrote, which is nearer to the answer than to the request. */
  function giveBack(key: string): void {
    const now = nowMs();
    const { freeAtMs, waiting } = turns.get(key) ?? { freeAtMs: now, waiting: 1 };
    const longestMs = spacingMs * waiting;
    const leftMs = Math.min(Math.max(freeAtMs - now, spacingMs), longestMs);
    remember(key, { freeAtMs: now + leftMs, waiting: Math.max(waiting - 1, 0) });
  }

  return {
    size: () => turns.size,
    async run(key, signal, write) {
      const waitMs = take(key);
      try {
        if (waitMs > 0) await pause(clock, waitMs, signal);
        return await write();
      } finally {
        giveBack(key);
      }
    },
  };
}
