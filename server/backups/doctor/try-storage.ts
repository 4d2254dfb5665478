import { createHash } from "node:crypto";
import { AppError, hasCode } from "../../errors";
import { readBody } from "../../read-body";
import type { MultipartUpload, ObjectStore } from "../../storage/object-store";
import { formatSize } from "../format-size";
import type { DoctorContext, ScratchNotes } from "./context";
import { Scratch, type ScratchName, sweepLeftovers } from "./scratch";
import { explain, type Trial, Trials } from "./trials";

/** The store refuses requests at 15 minutes; a third of it is a fault (invariant 3), a minute is worth a word. */
const CLOCK_LIMIT_MS = 5 * 60_000;
const CLOCK_WORD_MS = 60_000;
/** The last part of an upload may be of any size, so one small part tries all that a large upload needs. */
const PART_BYTES = 5 * 1024 * 1024;
/** Of no object that ever was. */
const WRONG_ETAG = "0".repeat(32);

type Ctx = Pick<DoctorContext, "store" | "clock" | "prefix" | "databaseName" | "catalog" | "ownership">;

/**
 * Tries what Nestegg needs of a store on objects of its own and removes them again, also after a step that failed. Nothing of
 * a backup is touched. One row each for reaching it, for the key, for every right, for the clock and for strangers.
 */
export async function tryStorage(ctx: Ctx, notes: ScratchNotes | null): Promise<Trial[]> {
  const { store, clock } = ctx;
  const trials = new Trials(clock);
  const scratch = new Scratch(ctx, notes);
  await tryReach(ctx, trials, notes);
  await scratch.begin();
  try {
    const probe = new TextEncoder().encode(`nestegg storage check ${clock.now().toISOString()}\n`);
    await tryObjects(ctx, { trials, scratch, probe });
    await tryUploads(ctx, { trials, scratch, probe });
    await tryStranger(ctx, { trials, scratch });
    await tryDelete(ctx, { trials, scratch });
  } finally {
    await scratch.sweep();
  }
  if (!trials.rows.some(({ code }) => code === "clock")) trials.note(clockRow(store));
  return trials.rows;
}

interface Trying {
  trials: Trials;
  scratch: Scratch;
  probe: Uint8Array;
}

/** The first request tells most: no answer, a key that is not known, a clock that is off, or a missing right. */
async function tryReach(ctx: Ctx, trials: Trials, notes: ScratchNotes | null): Promise<void> {
  const { store, catalog, prefix } = ctx;
  const startedAt = ctx.clock.now().getTime();
  const failure = await catalog.refresh().then(
    () => null,
    (error: unknown) => ({ error, ...explain(error) }),
  );
  const durationMs = ctx.clock.now().getTime() - startedAt;
  const reach = { code: "reach", title: "Reach", durationMs };
  const credentials = { code: "credentials", title: "Credentials" };
  const keyName =
    store.kind === "local" ? "no key is needed for a folder" : "the access key and its secret are accepted";
  if (!failure || hasCode(failure.error, "storage_forbidden")) {
    trials.rows.push({ ...reach, state: "ok", text: `${store.label} answers`, hint: null });
    trials.note({ ...credentials, state: "ok", text: keyName, hint: null });
  } else if (hasCode(failure.error, "storage_key_unknown", "storage_secret_wrong")) {
    trials.rows.push({ ...reach, state: "ok", text: `${store.label} answers`, hint: null });
    trials.note({ ...credentials, state: "fault", text: failure.text, hint: failure.hint });
    trials.giveUp("the storage does not accept the key");
  } else if (hasCode(failure.error, "storage_clock_skewed")) {
    trials.rows.push({ ...reach, state: "ok", text: `${store.label} answers`, hint: null });
    trials.note({ code: "clock", title: "Clock", state: "fault", text: failure.text, hint: failure.hint });
    trials.giveUp("the storage refuses every request while the clock is wrong");
  } else {
    trials.rows.push({ ...reach, state: "fault", text: failure.text, hint: failure.hint });
    trials.giveUp("the storage could not be reached");
  }
  await trials.attempt("list", "List", [], async () => {
    if (failure) throw failure.error;
    const count = catalog.entries().length;
    // Without the right to delete they stay, noted, for a doctor that has it; the row "Delete" says so.
    const left = await sweepLeftovers(ctx, notes).catch(() => 0);
    const swept = left > 0 ? `; ${left} leftovers of an earlier check removed` : "";
    return `${count} ${count === 1 ? "backup" : "backups"} under ${prefix || "/"}${swept}`;
  });
}

async function tryObjects({ store }: Ctx, { trials, scratch, probe }: Trying): Promise<void> {
  const key = scratch.key("object");
  const copied = scratch.key("copy");
  await trials.attempt("write", "Write", [], async () => {
    await store.put(key, probe, { ifNoneMatch: "*", contentType: "text/plain" });
    return `${probe.length} bytes written`;
  });
  await trials.attempt("read", "Read back", ["write"], async () => {
    const body = await store.get(key);
    if (!body || !(await store.head(key))) throw lost("What was written a moment ago is not there.");
    if (!(await readBody(body)).equals(probe)) throw lost("What came back is not what was written.");
    return "the same bytes came back";
  });
  await trials.attempt("copy", "Copy", ["write", "read"], async () => {
    const source = await store.head(key);
    if (!source) throw lost("What was written a moment ago is not there.");
    await store.copy(source, copied, {});
    const body = await store.get(copied);
    if (!body || !(await readBody(body)).equals(probe)) throw lost("The copy is not what was copied.");
    return "a whole object was copied inside the store";
  });
  await trials.attempt("condition", "Write only once", ["write"], async () => {
    await mustBeRefused(
      () => store.put(key, probe, { ifNoneMatch: "*" }),
      "If-None-Match: two servers could take the same backup id.",
    );
    return "a second write to the same key is refused";
  });
  await trials.attempt("write-over", "Change only what was read", ["write", "read"], async () => {
    const now = await store.head(key);
    if (!now) throw lost("What was written a moment ago is not there.");
    await mustBeRefused(
      () => store.put(key, probe, { ifMatch: WRONG_ETAG }),
      "If-Match: a change of tags or locks could undo another one.",
    );
    await store.put(key, new Uint8Array([...probe, 10]), { ifMatch: now.etag });
    return "a write over another state is refused, over the known one it is taken";
  });
}

async function tryUploads({ store }: Ctx, { trials, scratch, probe }: Trying): Promise<void> {
  const sha256 = createHash("sha256").update(probe).digest("hex");
  const begin = async (name: ScratchName): Promise<MultipartUpload> => {
    const key = scratch.key(name);
    const upload = await store.startMultipart(key, { partBytes: PART_BYTES });
    await scratch.uploadBegun(key, upload.uploadId);
    return upload;
  };
  const finish = async (upload: MultipartUpload) => {
    const { bytes } = await upload.complete();
    scratch.uploadOver(upload.uploadId);
    if (bytes !== probe.length) throw lost(`An upload in parts shows ${formatSize(bytes)} instead of its own size.`);
  };
  await trials.attempt("multipart", "Upload in parts", ["write", "read"], async () => {
    const upload = await begin("parts");
    await upload.putPart(1, probe, sha256);
    await finish(upload);
    return "begun, a part sent with its SHA-256, finished";
  });
  await trials.attempt("multipart-abort", "Drop an upload", ["multipart"], async () => {
    const upload = await begin("dropped");
    await upload.putPart(1, probe, sha256);
    await upload.abort();
    scratch.uploadOver(upload.uploadId);
    if (await store.head(`${scratch.ownPrefix}-dropped`)) throw lost("An upload that was dropped shows an object.");
    return "nothing of it is left";
  });
  await trials.attempt("part-copy", "Copy as a part", ["multipart"], async () => {
    const upload = await begin("part-copy");
    await upload.copyPart(1, `${scratch.ownPrefix}-parts`, { start: 0, end: probe.length - 1 });
    await finish(upload);
    return "unchanged parts of a backup need not be sent again";
  });
}

async function tryStranger({ store }: Ctx, { trials, scratch }: Pick<Trying, "trials" | "scratch">): Promise<void> {
  await trials.attempt("public", "Closed to strangers", ["write"], async () => {
    const status = await store.getUnsigned(scratch.key("object"));
    if (status === null)
      return { state: "skipped", text: "a folder has no address; its files are readable by Nestegg’s user only" };
    if (status >= 200 && status < 300) {
      return {
        state: "fault",
        text: "an object was read without a key: whoever knows an id can read your backups",
        hint: "Make the bucket private: no public policy, no r2.dev address, no public custom domain.",
      };
    }
    return `a request without a key got ${status}. A public r2.dev address or custom domain cannot be seen from here: look at the bucket's settings at Cloudflare`;
  });
}

async function tryDelete({ store }: Ctx, { trials, scratch }: Pick<Trying, "trials" | "scratch">): Promise<void> {
  const canRead = trials.rows.some(({ code, state }) => code === "read" && state === "ok");
  await trials.attempt("delete", "Delete", ["write"], async () => {
    const key = scratch.key("object");
    await scratch.deleteAll();
    if (canRead && (await store.head(key))) throw lost("The object is still there after it was deleted.");
    return "all that was tried on is gone again";
  });
}

async function mustBeRefused(write: () => Promise<unknown>, meaning: string): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (hasCode(error, "storage_precondition")) return;
    throw error;
  }
  throw new AppError("storage_failed", `The store overwrote an object in spite of ${meaning}`, {
    hint: "Use Cloudflare R2 or another store with conditional writes.",
  });
}

function lost(text: string): AppError {
  return new AppError("storage_failed", text, {
    hint: "Use Cloudflare R2 or another store that keeps what it confirms.",
  });
}

function clockRow(store: Pick<ObjectStore, "kind" | "clockOffsetMs">): Omit<Trial, "durationMs"> {
  const base = { code: "clock", title: "Clock" };
  const offsetMs = store.clockOffsetMs();
  if (offsetMs === null) {
    const why = store.kind === "local" ? "a folder has no clock of its own" : "the storage has not told its time";
    return { ...base, state: "skipped", text: why, hint: null };
  }
  const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
  if (Math.abs(offsetMs) <= CLOCK_WORD_MS) return { ...base, state: "ok", text: `${seconds} s off`, hint: null };
  return {
    ...base,
    state: Math.abs(offsetMs) > CLOCK_LIMIT_MS ? "fault" : "warning",
    text: `this machine's clock is ${seconds} s ${offsetMs > 0 ? "behind" : "ahead of"} the store's`,
    hint: "Switch on time synchronisation (timedatectl set-ntp true); at 15 minutes the store refuses every request.",
  };
}
