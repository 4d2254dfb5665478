import type { DoctorRow } from "../../nestegg-operate";
import { type Owner, ownerConflict } from "../owner";

const BASE = { code: "owner", group: "path" as const, title: "Whose path this is" };

/** `serverId` null: not known here, so only the environments are compared. */
export function ownerRow(owner: Owner | null, me: { serverId: string | null; environment: string | null }): DoctorRow {
  if (!owner) return { ...BASE, state: "ok", text: "no server has written here yet", hint: null };
  const conflict = ownerConflict(owner, me);
  if (conflict) {
    const { text, hint } = conflict;
    return {
      ...BASE,
      state: "fault",
      text: `${text}. Backups go on; nothing is deleted or registered from here`,
      hint,
    };
  }
  const who = owner.serverId === me.serverId ? "this server" : `the server on ${owner.host}`;
  const mark = owner.environment ? `, marked "${owner.environment}"` : ", without an environment (NESTEGG_ENVIRONMENT)";
  return { ...BASE, state: "ok", text: `${who}, since ${owner.since.slice(0, 10)}${mark}`, hint: null };
}
