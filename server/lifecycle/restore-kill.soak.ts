import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killAndExpectWhole, makeRestoreTemplate, type RestoreTemplate } from "../testing/restore-kill";
import { soakRandom, tellProgress } from "../testing/soak-run";

const KILLS = Number(process.env.NESTEGG_SOAK_RESTORE_KILLS ?? 500);
/** A whole run under load takes about this long; later moments fall behind its end and are counted apart. */
const WINDOW_MS = 3_000;

let template: RestoreTemplate;
beforeAll(async () => {
  template = await makeRestoreTemplate();
}, 300_000);
afterAll(() => template.remove());

test.each(["restore", "undo"] as const)(
  "killed before each file operation of a %s",
  async (during) => {
    const found = new Map<string, number>();
    for (let fileOperation = 0; ; fileOperation += 1) {
      const { history, endedFirst } = await killAndExpectWhole(template, { during, at: { fileOperation } });
      found.set(history, (found.get(history) ?? 0) + 1);
      if (!endedFirst) continue;
      console.log(
        `${during}: killed before each of ${fileOperation} file operations, found ${said(found)}, 0 bad ends`,
      );
      expect(found.size).toBe(2);
      return;
    }
  },
  3_600_000,
);

test(`${KILLS} kills at random moments of restores and undos under write load`, async () => {
  const random = soakRandom();
  const found = new Map<string, number>();
  let afterwards = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const during = kill % 2 === 0 ? ("restore" as const) : ("undo" as const);
    const at = { afterMs: Math.round(random() * WINDOW_MS) };
    const { history, endedFirst } = await killAndExpectWhole(template, { during, at }).catch((error: unknown) => {
      console.log(`kill ${kill + 1}, ${at.afterMs} ms after the start of the ${during}: ${inspect(error)}`);
      throw error;
    });
    found.set(history, (found.get(history) ?? 0) + 1);
    if (endedFirst) afterwards += 1;
    tellProgress("random kills", kill + 1, KILLS);
  }
  console.log(`${KILLS} random kills, ${afterwards} after the end, found ${said(found)}, 0 bad ends`);
}, 7_200_000);

function said(found: Map<string, number>): string {
  return [...found].map(([history, times]) => `"${history}" ${times} times`).join(", ");
}
