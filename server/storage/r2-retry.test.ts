import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import { pauseMs } from "./r2-retry";

describe("the pause before another attempt", () => {
  const withChance = (hex: string) => ({ ...systemClock, randomHex: () => hex });

  it("doubles from half a second up to fifteen, half of it by chance", () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((attempt) => pauseMs(withChance("ffff"), attempt, 0));
    expect(longest.map((ms) => Math.round(ms / 500) / 2)).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
    expect(pauseMs(withChance("0000"), 3, 0)).toBe(1000);
  });

  it("comes on top of what the store asked for", () => {
    expect(pauseMs(withChance("0000"), 1, 7000)).toBe(7250);
  });
});

describe("a pause between two attempts", () => {
  it("keeps a process alive that has nothing else to do", async () => {
    const code = `
      import { systemClock } from "./server/clock.ts";
      import { pause } from "./server/storage/r2-retry.ts";
      pause(systemClock, 50).then(() => console.log("went on"));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--import",
      "tsx",
      "--input-type=module",
      "-e",
      code,
    ]);
    expect(stdout).toBe("went on\n");
  });
});
