import { z } from "zod";
import type { StatusView } from "../nestegg";
import type { BackupContext } from "./context";
import { isWhole, protection } from "./protect";

const DAY_MS = 24 * 3_600_000;
/** Long enough that somebody sees it after a holiday week; for ever would be a check that nobody can pass again. */
const SHOWN_FOR_DAYS = 14;
/** What was seen and what is gone, by name in the control database: a disk may be gone after the next start only. */
const SEEN = "protected-backups-seen";

const seenSchema = z.object({
  /** Store and path: settings that point somewhere else make nothing vanish. */
  place: z.string(),
  ids: z.array(z.string()),
  gone: z.array(z.object({ id: z.string(), at: z.iso.datetime() })),
});
type Seen = z.infer<typeof seenSchema>;

type VanishedContext = Pick<BackupContext, "memory" | "catalog" | "clock" | "store" | "prefix">;
type WatchContext = VanishedContext &
  Pick<BackupContext, "tell"> & { ownership: Pick<BackupContext["ownership"], "ours"> };

/**
 * Protected backups that lie in the storage no more. Nestegg never deletes one while it is protected, so somebody else did, or what
 * answers is not the storage that it was: a disk that is not mounted, an emptied bucket.
 */
export class VanishedWatch {
  /** Null: nothing was told since the start; then also that all is well, which ends a trouble of the process before. */
  #told: string | null = null;

  constructor(private readonly ctx: WatchContext) {}

  /** To be called after each look at the list; no request. On a path of another server that one deletes by its own right. */
  async look(): Promise<void> {
    const { ctx } = this;
    if (!ctx.catalog.readAt || ctx.catalog.problem || !ctx.ownership.ours) return;
    const before = await readSeen(ctx);
    const after = compare(before, ctx);
    const text = JSON.stringify(after);
    if (text !== JSON.stringify(before)) await ctx.memory.set(SEEN, text);
    this.#tell(after);
  }

  #tell({ gone }: Seen): void {
    const ids = gone.map(({ id }) => id).join(" ");
    if (ids === this.#told) return;
    this.#told = ids;
    const base = { event: "verification-failed" as const, key: "vanished" };
    this.ctx.tell(
      gone.length > 0
        ? { ...base, kind: "trouble", title: "Backups are gone", text: `${goneText(this.ctx, gone)}.`, hint: GONE_HINT }
        : {
            ...base,
            kind: "recovered",
            title: "No backup is missing any more",
            text: "What was gone is back, or went more than two weeks ago.",
            hint: null,
          },
    );
  }
}

/** What the last look found; empty when nothing is missing. */
export async function vanished(ctx: VanishedContext): Promise<Seen["gone"]> {
  return (await readSeen(ctx)).gone;
}

export const GONE_HINT =
  "Look whether the right disk or bucket answers, and whether somebody else deleted them. Take a backup now if the storage is sound.";

export function goneText({ store }: Pick<BackupContext, "store">, gone: Seen["gone"]): string {
  const [first] = gone;
  const which =
    gone.length === 1
      ? `${first?.id}, which was protected, is`
      : `${gone.length} protected ones, ${first?.id} among them, are`;
  return `${which} not in ${store.label} any more, and Nestegg did not delete ${gone.length === 1 ? "it" : "them"}`;
}

export async function vanishedChecks(ctx: VanishedContext): Promise<StatusView["checks"]> {
  const gone = await vanished(ctx);
  if (gone.length === 0) return [];
  return [
    { code: "vanished", state: "fail", title: "Backups are gone", text: goneText(ctx, gone), href: "/settings/doctor" },
  ];
}

function compare(before: Seen, { catalog, clock, store, prefix }: VanishedContext): Seen {
  const entries = catalog.entries();
  const there = new Set(entries.map(({ id }) => id));
  const at = clock.now().toISOString();
  const since = clock.now().getTime() - SHOWN_FOR_DAYS * DAY_MS;
  const gone = [...before.gone, ...before.ids.map((id) => ({ id, at }))];
  return {
    place: placeOf({ store, prefix }),
    ids: entries.filter((entry) => isWhole(entry) && protection(entry, entries)).map(({ id }) => id),
    gone: gone.filter((one) => !there.has(one.id) && Date.parse(one.at) > since),
  };
}

async function readSeen(ctx: VanishedContext): Promise<Seen> {
  const nothing = { place: placeOf(ctx), ids: [], gone: [] };
  const text = await ctx.memory.get(SEEN);
  const seen = text === null ? null : (seenSchema.safeParse(JSON.parse(text)).data ?? null);
  return seen?.place === nothing.place ? seen : nothing;
}

function placeOf({ store, prefix }: Pick<VanishedContext, "store" | "prefix">): string {
  return `${store.label} ${prefix}`;
}
