import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BACKUP_STEPS } from "../backups/make-backup";
import { expectWholeAfterKill, runAndKill } from "../testing/kill-run";
import { soakRandom, tellProgress } from "../testing/soak-run";

/** Each kill takes some seconds: start, backup, kill, start, backup, verification. */
const KILLS = 120;
const LONGEST_DELAY_MS = 400;

test(`${KILLS} kills at random moments of backups and stops end well`, async () => {
  const random = soakRandom();
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let before = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const folder = await mkdtemp(join(tmpdir(), "nestegg-kill-"));
    const plan = {
      folder,
      during: pick(["back-up", "stop"] as const),
      step: pick(BACKUP_STEPS),
      afterMs: Math.floor(random() * LONGEST_DELAY_MS),
    };
    const { committed, endedFirst } = await runAndKill(plan);
    if (!endedFirst) before += 1;
    expect(committed).toBeGreaterThan(0);
    await expectWholeAfterKill(folder, committed);
    await rm(folder, { recursive: true, force: true });
    tellProgress("kills", kill, KILLS);
  }
  console.log(`kills ${KILLS}, of them before the run was over ${before}, bad ends 0`);
}, 3_600_000);
