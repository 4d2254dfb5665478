import type { UploadJournal } from "../../control/types";
import type { DoctorRow } from "../../nestegg-operate";
import { isWhole } from "../protect";
import type { DoctorContext } from "./context";
import { explain } from "./trials";

/** A claim of a backup on its way is younger than this, whosever it is. */
const STALE_CLAIM_MS = 24 * 3_600_000;
/** An upload of a large database over a slow line may take days; one that is older was left behind. */
const OLD_UPLOAD_MS = 2 * 24 * 3_600_000;
const NAMES_SHOWN = 3;

/** Objects of our name form that belong to nothing: they cost money, or a backup is not whole. */
export function orphansRow({ catalog, clock }: Pick<DoctorContext, "catalog" | "clock">): DoctorRow {
  const base = { code: "orphans", group: "path" as const, title: "Orphans" };
  // An older list, from before the storage went away, is no proof of what lies there now.
  if (catalog.readAt === null || catalog.problem)
    return { ...base, state: "skipped", text: "the bucket could not be listed", hint: null };
  const entries = catalog.entries();
  const stray = entries.filter(({ manifest, problem, object }) => !manifest && problem === null && object);
  const unreadable = entries.filter(({ problem }) => problem !== null);
  const missing = entries.filter((entry) => entry.manifest && !isWhole(entry));
  const oldest = clock.now().getTime() - STALE_CLAIM_MS;
  const claims = catalog.claims.filter(({ createdAt }) => createdAt.getTime() < oldest);
  const found = [
    said(stray, "file without a manifest", "files without a manifest"),
    said(unreadable, "manifest that cannot be read", "manifests that cannot be read"),
    said(missing, "manifest without its whole file", "manifests without their whole file"),
    said(claims, "reserved id that nobody uses", "reserved ids that nobody uses"),
  ].filter((text) => text !== null);
  if (found.length === 0)
    return { ...base, state: "ok", text: "every file has its manifest, and every manifest its file", hint: null };
  return {
    ...base,
    state: missing.length + unreadable.length > 0 ? "fault" : "warning",
    text: found.join("; "),
    hint:
      missing.length + unreadable.length > 0
        ? "These are no way back. See whether a rule or another program deletes in this bucket; then delete them on the page Backups."
        : "Register or delete the files on the page Backups, State “Unregistered”; reserved ids go with the next clean-up.",
  };
}

function said(entries: readonly { id: string }[], one: string, many: string): string | null {
  if (entries.length === 0) return null;
  const names = entries.slice(0, NAMES_SHOWN).map(({ id }) => id);
  const more = entries.length > NAMES_SHOWN ? ", …" : "";
  return `${entries.length} ${entries.length === 1 ? one : many} (${names.join(", ")}${more})`;
}

/** Parts of uploads that never became an object are billed like any other. `journal`: what this server began; null: not known. */
export async function uploadsRow(
  ctx: Pick<DoctorContext, "store" | "clock" | "prefix" | "databaseName">,
  journal: Pick<UploadJournal, "list"> | null,
  isRunning: (operationId: string) => boolean,
): Promise<DoctorRow> {
  const base = { code: "uploads", group: "path" as const, title: "Unfinished uploads" };
  const own = (await journal?.list()) ?? [];
  const left = own.filter(({ operationId }) => !isRunning(operationId));
  const ours = new Set(own.map(({ uploadId }) => uploadId));
  const listed = await ctx.store.listUploads(`${ctx.prefix}${ctx.databaseName}`).then(
    (uploads) => ({ uploads, refused: null }),
    (error: unknown) => ({ uploads: null, refused: explain(error).text }),
  );
  const old = (listed.uploads ?? []).filter(
    ({ uploadId, startedAt }) => !ours.has(uploadId) && ctx.clock.now().getTime() - startedAt.getTime() > OLD_UPLOAD_MS,
  );
  const seen =
    listed.uploads !== null
      ? `${listed.uploads.length} in the storage`
      : `the storage does not list them${listed.refused ? ` (${listed.refused})` : ""}, so only what this server began is known`;
  if (left.length + old.length === 0)
    return { ...base, state: "ok", text: `none was left behind; ${seen}`, hint: null };
  return {
    ...base,
    state: "warning",
    text: `${left.length} of this server were left by runs that ended, ${old.length} of others are older than two days; ${seen}`,
    hint: "This server's own are dropped by the next clean-up, a minute after the storage answers. For all others give the bucket a rule that drops unfinished uploads after 7 days.",
  };
}
