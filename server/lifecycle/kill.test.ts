import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BACKUP_STEPS } from "../backups/make-backup";
import { expectWholeAfterKill, runAndKill } from "../testing/kill-run";

const cases = (["back-up", "stop"] as const).flatMap((during) => BACKUP_STEPS.map((step) => ({ during, step })));

test.each(cases)(
  "a server killed in a $during at the step $step loses no committed transaction and lists nothing that is not whole",
  async ({ during, step }) => {
    const folder = await mkdtemp(join(tmpdir(), "nestegg-kill-"));
    try {
      const { committed } = await runAndKill({ folder, during, step, afterMs: step === "Upload" ? 30 : 0 });
      expect(committed).toBeGreaterThan(0);
      await expectWholeAfterKill(folder, committed);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
