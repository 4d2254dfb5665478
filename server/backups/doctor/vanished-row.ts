import type { DoctorRow } from "../../nestegg-operate";
import type { BackupContext } from "../context";
import { GONE_HINT, goneText, vanished } from "../vanished";

type VanishedRowContext = Pick<BackupContext, "memory" | "catalog" | "clock" | "store" | "prefix">;

/** What must not be deleted, and is not there all the same. */
export async function vanishedRow(ctx: VanishedRowContext): Promise<DoctorRow> {
  const base = { code: "vanished", group: "backups" as const, title: "Backups that are gone" };
  const gone = await vanished(ctx);
  if (gone.length > 0) return { ...base, state: "fault", text: goneText(ctx, gone), hint: GONE_HINT };
  return { ...base, state: "ok", text: "no protected backup went missing in the last two weeks", hint: null };
}
