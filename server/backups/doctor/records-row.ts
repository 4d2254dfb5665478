import type { DoctorRow } from "../../nestegg-operate";
import { wordsOf } from "../backup-id";
import type { BackupContext } from "../context";
import { lastWritten } from "../own-records";
import { recordsKey } from "../read-records";

/** A change is written within an hour, history within a day of a backup: twice that is a fault of somebody's. */
const LATE_MS = 2 * 24 * 3_600_000;
/** The first write comes a minute after somebody was set up, the next try after a failure an hour later. */
const FIRST_MS = 2 * 3_600_000;

type RecordsRowContext = Pick<
  BackupContext,
  "backupEnabled" | "catalog" | "clock" | "databaseName" | "memory" | "ownership" | "prefix" | "startedAt" | "store"
>;

const GONE_HINT =
  "Look whether the right disk or bucket answers, and whether somebody else or a rule of the bucket deleted it. It is written again after the next change of settings, people, tokens or channels, or by a backup when the last copy is a day old.";

/** Settings and people lie on this machine: is their copy beside the backups, and how old is it? */
export async function recordsRow(ctx: RecordsRowContext): Promise<DoctorRow> {
  const base = { code: "records", group: "backups" as const, title: "Records of this server" };
  if (!ctx.backupEnabled)
    return { ...base, state: "skipped", text: "backups are switched off, and these with them", hint: null };
  if (!ctx.ownership.ours) {
    const text = "not written: this path is another server's, or its owner is not known";
    return { ...base, state: "warning", text, hint: "Take the path over when that server is gone for good." };
  }
  const written = await lastWritten(ctx);
  const now = ctx.clock.now().getTime();
  const hint = "Activity says why, under “Records of this server”; it is tried again each hour.";
  if (!written) {
    const late = now - ctx.startedAt.getTime() > FIRST_MS;
    const text = "settings and people are not beside the backups yet";
    return { ...base, state: late ? "warning" : "ok", text, hint: late ? hint : null };
  }
  if (ctx.catalog.problem)
    return { ...base, state: "skipped", text: "the storage could not be asked for the copy of them", hint: null };
  const key = recordsKey(ctx);
  if ((await ctx.store.head(key)) === null) {
    const gone = `${key}, written ${wordsOf(written.at)}, is not in ${ctx.store.label} any more, and Nestegg did not delete it`;
    const means =
      "backups restore without it, but whoever loses this machine now loses settings, people and history with it";
    return { ...base, state: "warning", text: `${gone}: ${means}`, hint: GONE_HINT };
  }
  const stored = ctx.catalog.entries().some(({ manifest }) => manifest !== null && manifest.createdAt > written.at);
  const late = stored && now - Date.parse(written.at) > LATE_MS;
  const text = `settings and people are beside the backups, without any secret, as of ${wordsOf(written.at)}`;
  return { ...base, state: late ? "warning" : "ok", text, hint: late ? hint : null };
}
