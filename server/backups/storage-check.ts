import type { Caller } from "../control/types";
import { AppError, hasCode, isAppError } from "../errors";
import type { StorageCheck } from "../nestegg";
import { readBody } from "../read-body";
import type { BackupContext } from "./context";

const LAST_CHECK = "storage-check";
/** The store refuses requests at 15 minutes; a third of it is worth a word. */
const CLOCK_LIMIT_MS = 5 * 60_000;

type Row = StorageCheck["rows"][number];

/** Runs the check and keeps its result for the pages. */
export async function checkStorage(ctx: BackupContext, caller: Caller): Promise<StorageCheck> {
  const rows = [...(await tryStorage(ctx)), ownerRow(ctx)];
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

/** Tries what a backup needs on a scratch key of ours, and removes it again. A failed row does not hide the next ones. */
export async function tryStorage(
  ctx: Pick<BackupContext, "store" | "clock" | "prefix" | "databaseName" | "catalog">,
): Promise<Row[]> {
  const { store, clock, prefix, databaseName } = ctx;
  const key = `${prefix}${databaseName}.check-${clock.randomHex(8)}`;
  const probe = new TextEncoder().encode(`nestegg storage check ${clock.now().toISOString()}\n`);
  const rows: Row[] = [];
  const attempt = async (code: string, title: string, work: () => Promise<string>) => {
    const startedAt = clock.now().getTime();
    const row = await work().then(
      (text): Omit<Row, "durationMs"> => ({ code, title, state: "pass", text, hint: null }),
      (error: unknown): Omit<Row, "durationMs"> => ({ code, title, state: "fail", ...explain(error) }),
    );
    rows.push({ ...row, durationMs: clock.now().getTime() - startedAt });
  };

  await attempt("reach", "Reach", async () => {
    await ctx.catalog.refresh();
    return `${store.label} answers, ${ctx.catalog.entries().length} backups under ${prefix || "/"}`;
  });
  await attempt("write", "Write", async () => {
    await store.put(key, probe, { ifNoneMatch: "*", contentType: "text/plain" });
    return `${probe.length} bytes written`;
  });
  await attempt("read", "Read back", async () => {
    const body = await store.get(key);
    if (!body) throw new AppError("storage_failed", "What was written a moment ago is not there.");
    if (!(await readBody(body)).equals(probe))
      throw new AppError("storage_failed", "What came back is not what was written.");
    return "the same bytes came back";
  });
  await attempt("condition", "Write only once", async () => {
    try {
      await store.put(key, probe, { ifNoneMatch: "*" });
    } catch (error) {
      if (hasCode(error, "storage_precondition")) return "a second write to the same key is refused";
      throw error;
    }
    throw new AppError(
      "storage_failed",
      "The store overwrote an object in spite of If-None-Match: two servers could take the same backup id.",
      {
        hint: "Use Cloudflare R2 or another store with conditional writes.",
      },
    );
  });
  await attempt("delete", "Delete", async () => {
    await store.delete(key);
    if (await store.head(key)) throw new AppError("storage_failed", "The object is still there after it was deleted.");
    return "the probe is gone again";
  });
  rows.push(clockRow(store.clockOffsetMs()));
  return rows;
}

export async function lastStorageCheck(ctx: BackupContext): Promise<StorageCheck | null> {
  const text = await ctx.memory.get(LAST_CHECK);
  return text === null ? null : (JSON.parse(text) as StorageCheck);
}

function explain(error: unknown): { text: string; hint: string | null } {
  if (isAppError(error)) return { text: error.message, hint: error.hint ?? null };
  return { text: error instanceof Error ? error.message : String(error), hint: null };
}

function clockRow(offsetMs: number | null): Row {
  const base = { code: "clock", title: "Clock", durationMs: 0 };
  if (offsetMs === null)
    return { ...base, state: "skipped", text: "a local folder has no clock of its own", hint: null };
  const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
  if (Math.abs(offsetMs) <= CLOCK_LIMIT_MS) return { ...base, state: "pass", text: `${seconds} s off`, hint: null };
  return {
    ...base,
    state: "fail",
    text: `this machine's clock is ${seconds} s ${offsetMs > 0 ? "behind" : "ahead of"} the store's`,
    hint: "Switch on time synchronisation (timedatectl set-ntp true); at 15 minutes the store refuses every request.",
  };
}

function ownerRow(ctx: BackupContext): Row {
  const base = { code: "owner", title: "Owner of this path", durationMs: 0 };
  const { owner, ours } = ctx.ownership;
  if (ours) return { ...base, state: "pass", text: `this server, since ${owner?.since.slice(0, 10)}`, hint: null };
  if (!owner) return { ...base, state: "skipped", text: "not known while the storage does not answer", hint: null };
  return {
    ...base,
    state: "warn",
    text: `the server on ${owner.host}: backups go on, but nothing is deleted or registered from here`,
    hint: "If that server is gone for good, take the path over. Else give this server a path or bucket of its own.",
  };
}
