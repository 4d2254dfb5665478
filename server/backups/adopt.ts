import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Caller, RunningOperation } from "../control/types";
import { AppError } from "../errors";
import type { StoredObject } from "../storage/object-store";
import { isoSeconds, parseBackupId } from "./backup-id";
import { type BackupContext, inBackground } from "./context";
import { type Manifest, serializeManifest } from "./manifest";
import { unknownBackup } from "./manifest-editor";
import { choosePartBytes } from "./part-size";
import { runInLane } from "./run-in-lane";
import { verificationOf } from "./verification";

/** Registers an object of our name form that has no manifest, after reading it whole: what does not read is not registered. */
export async function adoptBackup(
  ctx: BackupContext,
  caller: Caller,
  input: { id: string },
): Promise<{ operationId: string }> {
  await ctx.ownership.requireOurs("register files");
  await ctx.catalog.refresh();
  const entry = ctx.catalog.get(input.id);
  const parsed = parseBackupId(input.id);
  if (!entry?.object || !parsed) throw unknownBackup(input.id);
  if (entry.manifestEtag)
    throw new AppError("conflict", `${input.id} has a manifest already.`, { hint: "Reload the list." });
  const { object } = entry;
  await ctx.audit({ caller, action: "backup.adopt", target: input.id });
  const operation = await ctx.operations.open({
    kind: "adopt",
    title: "Registration",
    caller,
    backupId: input.id,
    steps: ["Read and check", "Register"],
  });
  const registered = runInLane(ctx, ctx.reading, operation.id, (running) =>
    adopt(ctx, caller, { id: input.id, object }, running),
  );
  inBackground(ctx, registered);
  return { operationId: operation.id };
}

async function adopt(
  ctx: BackupContext,
  caller: Caller,
  found: { id: string; object: StoredObject },
  operation: RunningOperation,
): Promise<{ summary: string }> {
  const startedAt = ctx.clock.now();
  const { id, object } = found;
  const scratchFile = join(ctx.scratchFolder, `${operation.id}.duckdb`);
  await mkdir(ctx.scratchFolder, { recursive: true, mode: 0o700 });
  await operation.step("Read and check");
  const partBytes = choosePartBytes(object.bytes);
  try {
    const result = await ctx.runJob(
      {
        kind: "verify",
        store: ctx.storeSettings,
        key: object.key,
        etag: object.etag,
        bytes: object.bytes,
        partBytes,
        parts: [],
        scratchFile,
      },
      {
        signal: operation.signal,
        lowPriority: true,
        onMessage: (message) => {
          if (message.type === "progress") operation.progress(message.doneBytes, message.totalBytes);
        },
      },
    );
    if (result.result === "failed") {
      throw new AppError("backup_damaged", `${id} was not registered: ${result.error ?? "it does not read"}`, {
        hint: "It is left where it is; delete it in the bucket when you do not need it.",
      });
    }
    await operation.stepDone();
    await operation.step("Register");
    const parsed = parseBackupId(id);
    const manifest: Manifest = {
      version: 1,
      id,
      database: ctx.databaseName,
      type: parsed?.type ?? "upload",
      createdAt: isoSeconds(parsed?.time ?? object.lastModified),
      createdBy: caller.actor.name,
      revision: ctx.clock.randomHex(8),
      tags: {},
      note: "",
      locked: false,
      engine: { duckdb: "unknown", storageVersion: result.storageVersion },
      // Its history is not known, so it never counts as "unchanged since".
      file: {
        bytes: object.bytes,
        etag: object.etag,
        partBytes,
        parts: result.parts,
        headerSha256: result.headerSha256,
        lineage: "adopted",
      },
      transfer: { sentBytes: 0, reusedBytes: 0, baseId: null, requests: 0, durationMs: 0 },
      verification: verificationOf(ctx.clock, {
        result: result.result,
        method: "every part, block and row read when it was registered",
        inspection: result.inspection,
        startedAt,
      }),
      origin: { serverId: ctx.serverId, host: ctx.host, appVersion: ctx.appVersion },
    };
    const { etag } = await ctx.store.put(ctx.catalog.manifestKeyOf(id), serializeManifest(manifest), {
      ifNoneMatch: "*",
      contentType: "application/json",
    });
    ctx.catalog.noteManifest(id, manifest, etag, object);
    await operation.stepDone();
    return { summary: "Read whole and registered." };
  } finally {
    await rm(scratchFile, { force: true });
  }
}
