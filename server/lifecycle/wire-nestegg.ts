import { adoptBackup } from "../backups/adopt";
import { budgetCheck } from "../backups/cost";
import { createBackup } from "../backups/create";
import { lastDoctorReport } from "../backups/doctor/doctor";
import { downloadLink, readBackup } from "../backups/download";
import { letGo, listKeptDatabases } from "../backups/kept";
import { getBackup, listBackups } from "../backups/list";
import { lockBackup } from "../backups/lock";
import { previewRestore, previewUndo } from "../backups/preview-restore";
import { removeBackup, undeleteBackup } from "../backups/remove";
import { startRestore } from "../backups/restore";
import { setStatus } from "../backups/set-status";
import { readStatus } from "../backups/status";
import { checkStorage, lastStorageCheck } from "../backups/storage-check";
import { tagBackup } from "../backups/tag";
import { startUndo } from "../backups/undo-restore";
import { Uploads } from "../backups/uploads";
import { verifyBackup } from "../backups/verify";
import type { Nestegg } from "../nestegg";
import { scheduleFacts } from "../schedule/schedule-facts";
import { followDatabase, onCurrentDatabase } from "./current-database";
import type { Parts } from "./parts";
import { factsOf } from "./server-facts";
import { databaseInfo, databaseState, healthOf, requireDatabase, troubleOf } from "./server-health";
import { startEmpty } from "./start-empty";
import { wireOperate } from "./wire-operate";

/** Binds every verb once, so that the server's logic lives in one module graph. */
export function wireNestegg(parts: Parts, { version, authSecret }: { version: string; authSecret: string }): Nestegg {
  const { backups: ctx, control, settings, state } = parts;
  const info = () => databaseInfo(parts);
  const status = async () =>
    readStatus(ctx, {
      backupEnabled: settings.backupEnabled,
      shutdownBudgetMs: settings.shutdownBudgetMs,
      databaseState: databaseState(state),
      databaseFault: state.fault ?? troubleOf(state),
      unprotectedSinceCrash: state.unprotectedSinceCrash,
      storageCheck: await lastStorageCheck(ctx),
      doctor: await lastDoctorReport(ctx),
      schedule: scheduleFacts(parts.schedule),
      recordFault: control.writeFault(),
      alerts: await parts.alerts.health(),
      budget: budgetCheck(parts.costs),
    });
  return {
    facts: factsOf(parts, version, authSecret),
    health: () => healthOf(state),
    status,
    backups: {
      list: (input) => listBackups(ctx, input),
      get: (id) => getBackup(ctx, id),
      create: (caller, { note = "", tags = {}, verify = false }) =>
        createBackup(ctx, caller, { type: "manual", note, tags, verify }),
      verify: (caller, input) => verifyBackup(ctx, caller, input),
      tag: (caller, input) => tagBackup(ctx, caller, input),
      lock: (caller, input) => lockBackup(ctx, caller, input),
      setStatus: (caller, input) => setStatus(ctx, caller, input),
      remove: (caller, input) => removeBackup(ctx, caller, input),
      undelete: (caller, input) => undeleteBackup(ctx, caller, input),
      adopt: (caller, input) => adoptBackup(ctx, caller, input),
      downloadUrl: (caller, input) => downloadLink(ctx, caller, input),
      read: (caller, input) => readBackup(ctx, caller, input),
    },
    uploads: new Uploads(ctx),
    restores: {
      preview: (input) => previewRestore(ctx, input),
      start: (caller, input) => startRestore(ctx, caller, input),
      previewUndo: () => previewUndo(ctx),
      undo: (caller, input) => startUndo(ctx, caller, input),
      kept: () => listKeptDatabases(ctx),
      letGo: (caller, input) => letGo(ctx, caller, input),
    },
    operate: wireOperate(parts, status),
    operations: control.operations,
    database: {
      info,
      app: () => {
        requireDatabase(state);
        return followDatabase(() => requireDatabase(state));
      },
      query: ({ statements, access, signal }) =>
        onCurrentDatabase(
          () => requireDatabase(state),
          (database) =>
            database.query({
              statements,
              access,
              signal,
              rowLimit: settings.sqlRowLimit,
              timeoutMs: settings.sqlTimeoutMs,
            }),
        ),
      async startEmpty(caller) {
        await startEmpty(parts, caller);
        return info();
      },
    },
    people: control.people,
    tokens: control.tokens,
    audit: control.audit,
    storage: {
      check: (caller) => checkStorage(ctx, caller),
      lastCheck: () => lastStorageCheck(ctx),
      async takeOver(caller) {
        await ctx.ownership.takeOver();
        await control.audit.record({ caller, action: "storage.take-over", target: settings.backupPrefix });
        control.operations.announce("status");
      },
    },
    events: (signal) => control.operations.events(signal),
  };
}
