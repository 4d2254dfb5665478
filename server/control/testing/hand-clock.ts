import { createHash } from "node:crypto";
import type { Clock } from "../../clock";

/** A clock that moves only by hand, and chance that repeats. */
export interface HandClock extends Clock {
  /** Wakes the sleepers whose time has come, in order, and lets what they start run. */
  advance(ms: number): Promise<void>;
  set(iso: string): void;
}

interface Sleeper {
  at: number;
  wake: () => void;
}

/** Turns of the event loop: enough for what a woken sleeper does with a local database. */
const TURNS = 5;

export function createHandClock(iso = "2024-12-30T15:30:00.000Z"): HandClock {
  let now = Date.parse(iso);
  let draws = 0;
  let sleepers: Sleeper[] = [];

  async function settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    now: () => new Date(now),
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((one) => one !== sleeper);
          resolve();
        });
      });
    },
    randomHex(bytes) {
      draws += 1;
      let text = "";
      for (let block = 0; text.length < bytes * 2; block++) {
        text += createHash("sha256").update(`${draws}/${block}`).digest("hex");
      }
      return text.slice(0, bytes * 2);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        sleepers = sleepers.filter((one) => one !== next);
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = end;
    },
    set(text) {
      now = Date.parse(text);
    },
  };
}
