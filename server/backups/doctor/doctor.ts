import type { Caller } from "../../control/types";
import type { BucketRulesView, DoctorReport, DoctorRow, DoctorVerbs } from "../../nestegg-operate";
import type { BackupContext } from "../context";
import { readDrills } from "../drills/drill-records";
import { readDrillSettings } from "../drills/drill-settings";
import { overdueRenewals } from "../renewal-watch";
import { uploadsFolderName } from "../uploads-folder";
import { backupRows } from "./backup-rows";
import { liveDatabaseRow } from "./database-row";
import { drillRow } from "./drill-row";
import { asStorageRow, examine, type Look } from "./examine";
import { diskRows, keptRow, type ShownSettings, scratchRow, settingsRow } from "./machine-rows";
import { ownerRow } from "./owner-row";
import { orphansRow, uploadsRow } from "./path-rows";
import { recordsRow } from "./records-row";
import { rulesRow } from "./rules-row";
import { scratchNotes } from "./scratch-notes";
import { tryStorage } from "./try-storage";
import { vanishedRow } from "./vanished-row";

const LAST_REPORT = "doctor:last";

export interface DoctorDeps {
  settings: ShownSettings;
  /** Null: nobody can tell. */
  rules: (() => Promise<BucketRulesView>) | null;
}

/** The doctor of a server: the same looks as on the command line, and those that need the open database and the records. */
export function createDoctor(ctx: BackupContext, deps: DoctorDeps): DoctorVerbs {
  let running: Promise<DoctorReport> | null = null;
  return {
    /** Who asks while one runs gets that one. */
    run(caller) {
      running ??= runDoctor(ctx, deps, caller).finally(() => {
        running = null;
      });
      return running;
    },
    last: () => lastDoctorReport(ctx),
  };
}

export async function lastDoctorReport(ctx: Pick<BackupContext, "memory">): Promise<DoctorReport | null> {
  const text = await ctx.memory.get(LAST_REPORT);
  return text === null ? null : (JSON.parse(text) as DoctorReport);
}

async function runDoctor(ctx: BackupContext, deps: DoctorDeps, caller: Caller): Promise<DoctorReport> {
  const report = await examine(ctx.clock, looksOf(ctx, deps));
  await ctx.memory.set(LAST_REPORT, JSON.stringify(report));
  const count = (state: DoctorRow["state"]) => report.rows.filter((row) => row.state === state).length;
  await ctx.audit({
    caller,
    action: "doctor.run",
    target: null,
    detail: { faults: count("fault"), warnings: count("warning") },
  });
  ctx.operations.announce("status");
  return report;
}

function looksOf(ctx: BackupContext, deps: DoctorDeps): Look[] {
  const { serverId } = ctx;
  const isRunning = (operationId: string) => ctx.operations.active().some(({ id }) => id === operationId);
  const pulse = () => (ctx.isOpen() ? ctx.database().pulse().lastChangeAt : null);
  return [
    { code: "settings", group: "machine", title: "Settings", rows: () => settingsRow(deps.settings) },
    {
      code: "storage",
      group: "storage",
      title: "Storage",
      rows: async () => (await ctx.checking.run(() => tryStorage(ctx, scratchNotes(ctx.memory)))).map(asStorageRow),
    },
    {
      code: "rules",
      group: "storage",
      title: "Rules of the bucket",
      rows: async () => rulesRow((await deps.rules?.()) ?? null, await overdueRenewals(ctx)),
    },
    {
      code: "owner",
      group: "path",
      title: "Whose path this is",
      async rows() {
        if (ctx.catalog.readAt !== null) await ctx.ownership.establish();
        return ownerRow(ctx.ownership.owner, { serverId, environment: deps.settings.environment });
      },
    },
    { code: "orphans", group: "path", title: "Orphans", rows: () => orphansRow(ctx) },
    {
      code: "uploads",
      group: "path",
      title: "Unfinished uploads",
      rows: () => uploadsRow(ctx, ctx.uploads, isRunning),
    },
    { code: "newest-backup", group: "backups", title: "Newest backup", rows: () => backupRows(ctx, pulse()) },
    { code: "vanished", group: "backups", title: "Backups that are gone", rows: () => vanishedRow(ctx) },
    {
      code: "drill",
      group: "backups",
      title: "Restore drill",
      rows: async () =>
        drillRow(await readDrills(ctx.memory), (await readDrillSettings(ctx.memory)).settings, ctx.clock.now()),
    },
    { code: "records", group: "backups", title: "Records of this server", rows: () => recordsRow(ctx) },
    { code: "database", group: "database", title: "Database file", rows: () => liveDatabaseRow(ctx) },
    { code: "disk", group: "machine", title: "Room for a restore", rows: () => diskRows(ctx) },
    { code: "kept", group: "machine", title: "Kept databases", rows: () => keptRow(ctx) },
    {
      code: "scratch",
      group: "machine",
      title: "Scratch files",
      rows: () =>
        scratchRow(ctx, (name) => name === uploadsFolderName(ctx) || isRunning(name.slice(0, name.lastIndexOf(".")))),
    },
  ];
}
