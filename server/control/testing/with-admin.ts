import type { Caller } from "../types";
import { openTestControl } from "./test-control";

export const PASSWORD = "correct horse battery";

/** A control database in which Ada, who has a password, is the only admin. */
export async function withAdmin({ oidcIssuer = "https://login.example.com/" }: { oidcIssuer?: string | null } = {}) {
  const opened = await openTestControl({ publicUrl: "https://backups.example.com", oidcIssuer });
  const admin = await opened.control.people.ensureFirstAdmin({ email: "ada@example.com", password: PASSWORD });
  if (!admin) throw new Error("no admin was made");
  const caller: Caller = { actor: { kind: "user", id: admin.id, name: "Ada", role: "admin" }, address: "10.0.0.7" };
  return { ...opened, admin, caller, people: opened.control.people };
}

/** The code at the end of an invitation's link. */
export const codeOf = (link: string) => link.split("/").at(-1) ?? "";
