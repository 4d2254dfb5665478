import { AppError } from "../../errors";
import type { DrillVerbs, DrillView } from "../../nestegg-operate";
import { type BackupContext, systemCaller } from "../context";
import { unknownBackup } from "../manifest-editor";
import { newestGood } from "../protect";
import { requireEntry } from "../require-entry";
import { WritingLane } from "../writing-lane";
import { chooseDrilled, nothingToDrill } from "./choose-drilled";
import { readAttempt, readDrills, writeAttempt } from "./drill-records";
import { readDrillSettings, writeDrillSettings } from "./drill-settings";
import { nextDrillAt } from "./next-drill";
import { startDrill } from "./run-drill";

/** Drills are days apart: between two looks at the records nothing is read. */
const LOOK_MS = 60_000;

export interface Drills extends DrillVerbs {
  /** Starts the drill that is due; called again and again while the server is ready. */
  tick(): Promise<void>;
}

/** `begin` is handed in so that months of drills take a test no time. */
export function createDrills(ctx: BackupContext, begin = startDrill): Drills {
  // Two who ask at the same moment get one drill.
  const starting = new WritingLane();
  let lookedAt = 0;

  const running = () => ctx.operations.active().find(({ kind }) => kind === "drill");

  async function view(): Promise<DrillView> {
    const { settings, source } = await readDrillSettings(ctx.memory);
    const next = ctx.backupEnabled ? nextDrillAt(settings, await readAttempt(ctx.memory)) : null;
    return { settings, source, nextAt: next?.toISOString() ?? null, results: await readDrills(ctx.memory) };
  }

  async function chosen(id: string | undefined): Promise<string[]> {
    if (id === undefined) {
      if (ctx.catalog.readAt === null) await ctx.catalog.refresh();
      const ids = chooseDrilled(ctx.catalog.entries(), ctx.clock);
      if (ids.length === 0) throw nothingToDrill();
      return ids;
    }
    if (!(await requireEntry(ctx, id)).manifest) throw unknownBackup(id);
    return [id];
  }

  const start: DrillVerbs["run"] = (caller, { id }) =>
    starting.run(async () => {
      const other = running();
      if (other) return { operationId: other.id };
      const { holder } = ctx.restoring;
      if (holder) {
        throw new AppError("conflict", `${holder.who} is running ${holder.what}; no drill runs beside it.`, {
          hint: "Wait for its end, which the Activity page shows, then run the drill.",
        });
      }
      return begin(ctx, caller, await chosen(id));
    });

  return {
    get: view,
    async save(caller, settings) {
      const before = (await readDrillSettings(ctx.memory)).settings;
      await writeDrillSettings(ctx.memory, settings);
      const detail = {
        enabled: settings.enabled,
        everyDays: settings.everyDays,
        enabledBefore: before.enabled,
        everyDaysBefore: before.everyDays,
      };
      await ctx.audit({ caller, action: "drill.settings", target: null, detail });
      return view();
    },
    run: start,
    async tick() {
      const now = ctx.clock.now();
      const age = now.getTime() - lookedAt;
      // Negative: the clock was set back.
      if (!ctx.backupEnabled || (age >= 0 && age < LOOK_MS)) return;
      lookedAt = now.getTime();
      const attempt = await readAttempt(ctx.memory);
      if (!attempt) {
        if (newestGood(ctx.catalog.entries())) await writeAttempt(ctx.memory, { at: now.toISOString(), ended: "none" });
        return;
      }
      const due = nextDrillAt((await readDrillSettings(ctx.memory)).settings, attempt);
      if (!due || due > now || running() || ctx.restoring.holder || !newestGood(ctx.catalog.entries())) return;
      await start(systemCaller("schedule"), {});
    },
  };
}
