import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { engineMemory } from "./engine-memory";

const MEBIBYTE = 1024 * 1024;
const mebibytes = (share: number) => Number(/^(\d+)MiB$/.exec(engineMemory(share))?.[1]);

test("an engine gets its share of what this process may have, and enough to read with", () => {
  expect(mebibytes(0.5)).toBeLessThanOrEqual(Math.max(256, Math.round(totalmem() / 2 / MEBIBYTE)));
  expect(Math.abs(mebibytes(0.5) - 2 * mebibytes(0.25))).toBeLessThanOrEqual(1);
  expect(mebibytes(0)).toBe(256);
});
