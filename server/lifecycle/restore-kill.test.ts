import { afterAll, beforeAll, expect, test } from "vitest";
import type { RESTORE_STEPS } from "../backups/restore";
import type { UNDO_STEPS } from "../backups/undo-restore";
import { killAndExpectWhole, makeRestoreTemplate, type RestoreTemplate } from "../testing/restore-kill";

/** Every fourth operation on a file beside the database; `npm run soak` kills before each of them. */
const FILE_OPERATIONS = [4, 8, 12, 16];

let template: RestoreTemplate;
beforeAll(async () => {
  template = await makeRestoreTemplate();
}, 120_000);
afterAll(() => template.remove());

test.each([
  "Download",
  "Check the copy",
  "Swap files",
  "Reopen and compare",
] satisfies (typeof RESTORE_STEPS)[number][])(
  "a server killed in a restore at the step %s starts with the old database or the new one, entirely",
  async (step) => {
    const { history } = await killAndExpectWhole(template, { during: "restore", at: { step, afterMs: 0 } });
    expect(["before", "after"]).toContain(history);
  },
  120_000,
);

test.each(FILE_OPERATIONS)(
  "a server killed just before file operation %i of a restore starts with the old database or the new one, entirely",
  async (fileOperation) => {
    const { history, endedFirst } = await killAndExpectWhole(template, { during: "restore", at: { fileOperation } });
    expect(endedFirst).toBe(false);
    expect(["before", "after"]).toContain(history);
  },
  120_000,
);

test.each(["Swap files"] satisfies (typeof UNDO_STEPS)[number][])(
  "a server killed in an undo at the step %s starts with the one database or the other, entirely",
  async (step) => {
    const { history } = await killAndExpectWhole(template, { during: "undo", at: { step, afterMs: 0 } });
    expect(["before", "after"]).toContain(history);
  },
  120_000,
);
