import type { Caller } from "../control/types";
import type { StorageCheck } from "../nestegg";
import type { BackupContext } from "./context";
import { scratchNotes } from "./doctor/scratch-notes";
import { tryStorage } from "./doctor/try-storage";

const LAST_CHECK = "storage-check";

type Row = StorageCheck["rows"][number];

/** The doctor's trials of the storage alone; the result is kept for the pages. */
export async function checkStorage(ctx: BackupContext, caller: Caller): Promise<StorageCheck> {
  const trials = await ctx.checking.run(() => tryStorage(ctx, scratchNotes(ctx.memory)));
  const rows: Row[] = [...trials.map(({ state, ...row }) => ({ ...row, state: STATES[state] })), ownerRow(ctx)];
  const check: StorageCheck = { at: ctx.clock.now().toISOString(), rows };
  await ctx.memory.set(LAST_CHECK, JSON.stringify(check));
  await ctx.audit({
    caller,
    action: "storage.check",
    target: null,
    detail: { failed: rows.filter((row) => row.state === "fail").length },
  });
  ctx.operations.announce("status");
  return check;
}

export async function lastStorageCheck(ctx: BackupContext): Promise<StorageCheck | null> {
  const text = await ctx.memory.get(LAST_CHECK);
  return text === null ? null : (JSON.parse(text) as StorageCheck);
}

const STATES = { ok: "pass", warning: "warn", fault: "fail", skipped: "skipped" } as const;

function ownerRow(ctx: BackupContext): Row {
  const base = { code: "owner", title: "Owner of this path", durationMs: 0 };
  const { owner, ours, conflict } = ctx.ownership;
  if (ours) return { ...base, state: "pass", text: `this server, since ${owner?.since.slice(0, 10)}`, hint: null };
  if (!conflict) return { ...base, state: "skipped", text: "not known while the storage does not answer", hint: null };
  const { text, hint } = conflict;
  return {
    ...base,
    state: "fail",
    text: `${text}: backups go on, but nothing is deleted or registered from here`,
    hint,
  };
}
