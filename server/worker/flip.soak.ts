import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlipBench, makeFlipBench } from "../testing/flipped-backup";
import { soakRandom, tellProgress } from "../testing/soak-run";

const FLIPS = Number(process.env.NESTEGG_SOAK_FLIPS ?? 500);
const HEADER_BYTES = 12_288;

let bench: FlipBench;
beforeAll(async () => {
  bench = await makeFlipBench();
}, 120_000);
afterAll(() => bench.remove());

test(`${FLIPS} random single-byte changes of a backup are all found, and no restore ends in a damaged database`, async () => {
  const random = soakRandom();
  const ends = { refused: 0, "ended in the backup": 0 };
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const live = random() < 0.5 ? "foreign" : "changed";
    const at = Math.floor(random() * (random() < 0.1 ? HEADER_BYTES : bench.bytes));
    const { restore } = await bench.flip({ at, mask: 1 + Math.floor(random() * 255) }, live);
    ends[restore] += 1;
    tellProgress("flips", flip + 1, FLIPS);
  }
  console.log(
    `flips ${FLIPS} in ${bench.bytes} bytes and ${bench.partCount} parts: found by verify ${FLIPS}, cleared once mended ${FLIPS}; restores refused with the live file unchanged ${ends.refused}, ended byte for byte in the backup ${ends["ended in the backup"]}, bad 0`,
  );
  expect(Math.min(...Object.values(ends))).toBeGreaterThan(0);
}, 3_600_000);
