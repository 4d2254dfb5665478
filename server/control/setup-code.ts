import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock";
import { plainCode, readableCode } from "./readable-code";

/** The one-time code that makes the first admin. It lives in memory only: each start prints a new one. */
export interface SetupCode {
  /** The same until it dies. */
  current(): string;
  matches(typed: string): boolean;
  /** At its first use, and for good. */
  die(): void;
}

/** 75 bits: no guessing, even without the throttle in front. */
const CODE_CHARACTERS = 15;

export function createSetupCode(clock: Clock): SetupCode {
  let code: string | null = null;
  let dead = false;

  const current = () => {
    code ??= readableCode(clock, CODE_CHARACTERS);
    return code;
  };
  return {
    current,
    matches: (typed) => !dead && timingSafeEqual(digest(plainCode(typed)), digest(plainCode(current()))),
    die() {
      dead = true;
      code = null;
    },
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
