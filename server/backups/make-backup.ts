import type { Caller, OperationView, RunningOperation } from "../control/types";
import { AppError } from "../errors";
import type { RequestCounts } from "../storage/object-store";
import type { UploadResult } from "../worker/protocol";
import { isoSeconds, parseBackupId } from "./backup-id";
import type { BackupRequest, BackupRun } from "./backup-runs";
import { claimId, releaseClaim } from "./claim";
import type { BackupContext } from "./context";
import { discardRun } from "./discard-run";
import { formatSize } from "./format-size";
import { type Manifest, serializeManifest } from "./manifest";
import { addRequests, requestsSince } from "./request-tally";
import { sendPatiently } from "./send-patiently";
import type { SentSnapshot } from "./send-snapshot";

export const BACKUP_STEPS = ["Reserve the id", "Checkpoint", "Upload", "Confirm", "Register"] as const;
/** Of a run with a `source`. */
export const FILE_BACKUP_STEPS = ["Reserve the id", "Upload", "Confirm", "Register"] as const;

/** What follows once the manifest is written out: its own write, and the claim's removal. */
const REGISTERING: RequestCounts = { classA: 1, classB: 0, free: 1 };

/** With the server's requests for this backup, beside those of all its tries (`plan.requests`). */
type CountedSnapshot = SentSnapshot & { own: RequestCounts };

/** A database in a plain file that nobody has open: one that was brought, or a replaced one beside the live one. */
export interface FileSource {
  path: string;
  /** The file has nothing newer. */
  takenAt: Date;
  /** Of the history that the file belongs to; any word of its own when that is not known. */
  lineage: string;
  /** The DuckDB that wrote it; ours when left out. */
  engineVersion?: string;
  /** What an inspection of the file has found; null or left out: it is still to be verified. */
  verification?: Manifest["verification"];
}

export interface MakeBackupInput {
  caller: Caller;
  request: BackupRequest;
  run: BackupRun;
  operation: RunningOperation;
  /** Where the bytes come from instead of the live database. The file must stay as it is until the run is over. */
  source?: FileSource;
  /** At a stop: the gate is closed, nobody writes, the worker has the machine for itself. */
  gateClosed?: boolean;
  /** At a stop: what cannot be sent by then is not begun. */
  budgetEndsAt?: Date;
}

export interface MadeBackup {
  id: string;
  state: "ok" | "ok-retried";
  summary: string;
  detail: OperationView["detail"];
}

/**
 * One backup from claim to manifest: object first, manifest last (invariant 1). Whatever goes wrong, nothing is listed, and
 * what is left in the bucket is removed now or, when the storage is away, by the next clean-up.
 */
export async function makeBackup(ctx: BackupContext, input: MakeBackupInput): Promise<MadeBackup> {
  const { operation, run } = input;
  const startedAt = ctx.clock.now();
  await operation.step("Reserve the id");
  const unasked = ctx.store.requestCounts();
  const id = await claimId(ctx, input.request.type, operation);
  const claiming = requestsSince(unasked, ctx.store.requestCounts());
  run.id = id;
  try {
    await operation.setBackupId(id);
    await operation.stepDone("ok", id);
    const sent = await sendPatiently(ctx, { ...input, id });
    const unconfirmed = ctx.store.requestCounts();
    await confirm(ctx, id, sent.upload, operation);
    const own = [claiming, requestsSince(unconfirmed, ctx.store.requestCounts()), REGISTERING].reduce(addRequests);
    await operation.step("Register");
    const manifest = await register(ctx, input, id, { ...sent, own }, startedAt);
    await operation.stepDone();
    const state = sent.retried ? "ok-retried" : "ok";
    return { id, state, summary: summarise(manifest, input), detail: detailOf(manifest, sent) };
  } catch (error) {
    await discardRun(ctx, { id, operationId: operation.id, objectMayCome: run.copyUnderWay });
    throw error;
  }
}

/** Looks with the server's own eyes at what the worker says it stored (invariant 2). */
async function confirm(
  ctx: BackupContext,
  id: string,
  upload: UploadResult,
  operation: RunningOperation,
): Promise<void> {
  await operation.step("Confirm");
  const stored = await ctx.store.head(ctx.catalog.keyOf(id), { signal: operation.signal });
  if (!stored || stored.bytes !== upload.bytes || stored.etag !== upload.etag) {
    throw new AppError(
      "storage_failed",
      `The object of ${id} is not what was uploaded. It was not registered; earlier backups are not affected.`,
      {
        hint: "Find out who else writes to this bucket, then back up again.",
      },
    );
  }
  await operation.stepDone("ok", `${formatSize(stored.bytes)} in the store`);
}

async function register(
  ctx: BackupContext,
  input: MakeBackupInput,
  id: string,
  sent: CountedSnapshot,
  startedAt: Date,
): Promise<Manifest> {
  const manifest = manifestOf(ctx, input, id, sent, startedAt);
  const { etag } = await ctx.store.put(ctx.catalog.manifestKeyOf(id), serializeManifest(manifest), {
    ifNoneMatch: "*",
    contentType: "application/json",
    signal: input.operation.signal,
  });
  ctx.catalog.noteManifest(id, manifest, etag, {
    key: ctx.catalog.keyOf(id),
    bytes: sent.upload.bytes,
    etag: sent.upload.etag,
    lastModified: ctx.clock.now(),
  });
  try {
    await releaseClaim(ctx, id, input.operation.signal);
  } catch (error) {
    // The backup is whole and listed; a claim that stayed behind is swept by the next clean-up.
    ctx.log.warn({ id, err: error }, "claim could not be removed");
    ctx.leftSomethingBehind();
  }
  return manifest;
}

function manifestOf(
  ctx: BackupContext,
  input: MakeBackupInput,
  id: string,
  sent: CountedSnapshot,
  startedAt: Date,
): Manifest {
  const { upload, snapshot } = sent;
  const { request, caller, source } = input;
  return {
    version: 1,
    id,
    database: ctx.databaseName,
    type: request.type,
    createdAt: isoSeconds(parseBackupId(id)?.time ?? startedAt),
    createdBy: caller.actor.name,
    revision: ctx.clock.randomHex(8),
    tags: request.tags,
    note: request.note,
    locked: false,
    engine: { duckdb: source?.engineVersion ?? ctx.engineVersion, storageVersion: upload.storageVersion },
    file: {
      bytes: upload.bytes,
      etag: upload.etag,
      partBytes: sent.plan.partBytes,
      parts: upload.parts,
      headerSha256: upload.headerSha256,
      lineage: sent.lineage,
    },
    ...(source && { fromFile: true }),
    snapshot: { takenAt: snapshot.takenAt.toISOString(), checkpointMs: snapshot.checkpointMs },
    transfer: transferOf(sent, ctx.clock.now().getTime() - startedAt.getTime()),
    verification: source?.verification ?? null,
    origin: { serverId: ctx.serverId, host: ctx.host, appVersion: ctx.appVersion },
  };
}

function transferOf({ upload, plan, own }: CountedSnapshot, durationMs: number): Manifest["transfer"] {
  const { sentBytes, reusedBytes, unchanged, copyGivenUp, sendRate, copyRate } = upload;
  const requests = addRequests(plan.requests, own);
  return {
    sentBytes,
    reusedBytes,
    baseId: reusedBytes > 0 ? (plan.base?.id ?? null) : null,
    requests: requests.classA + requests.classB + requests.free,
    requestsByClass: { ...requests },
    durationMs,
    unchanged,
    copyGivenUp,
    partsInFlight: plan.partsInFlight,
    sendRate: sendRate === null ? null : Math.round(sendRate),
    copyRate: copyRate === null ? null : Math.round(copyRate),
  };
}

function summarise({ file, transfer, snapshot }: Manifest, { source }: MakeBackupInput): string {
  const stored = `${formatSize(file.bytes)} stored in ${(transfer.durationMs / 1000).toFixed(1)} s`;
  const sent = transfer.unchanged
    ? `, unchanged since ${transfer.baseId}`
    : transfer.reusedBytes > 0
      ? `, ${formatSize(transfer.sentBytes)} sent`
      : "";
  if (source) return `${stored}${sent}.`;
  return `${stored}${sent}, writers waited ${Math.round(snapshot?.checkpointMs ?? 0)} ms at most.`;
}

function detailOf({ file, transfer }: Manifest, { upload, snapshot }: SentSnapshot): OperationView["detail"] {
  return {
    bytes: file.bytes,
    sentBytes: transfer.sentBytes,
    reusedBytes: transfer.reusedBytes,
    ...(transfer.copyGivenUp && { copyGivenUp: true }),
    durationMs: transfer.durationMs,
    checkpointMs: Math.round(snapshot.checkpointMs),
    spilledBytes: upload.spilledBytes,
    tornFreeBlocks: upload.tornFreeBlocks,
  };
}
