import type { Control } from "../open-control";
import type { Caller } from "../types";
import { openTestControl } from "./test-control";

export const PASSWORD = "correct horse battery";

/** A control database in which Ada, who has a password, is the only admin. */
export async function withAdmin(options: Parameters<typeof openTestControl>[0] = {}) {
  const opened = await openTestControl({
    publicUrl: "https://backups.example.com",
    oidcIssuer: "https://login.example.com/",
    ...options,
  });
  const admin = await opened.control.people.ensureFirstAdmin({ email: "Ada@Example.com", password: PASSWORD });
  if (!admin) throw new Error("no admin was made");
  const caller: Caller = { actor: { kind: "user", id: admin.id, name: "Ada", role: "admin" }, address: "10.0.0.7" };
  return { ...opened, admin, caller, people: opened.control.people };
}

/** The code at the end of an invitation's link. */
export const codeOf = (link: string) => link.split("/").at(-1) ?? "";

/** As Ada, at the right password, unless said otherwise. */
export function signIn(
  control: Control,
  password = PASSWORD,
  { email = "ada@example.com", address = "10.0.0.7" } = {},
) {
  return control.people.signIn({ email, password, address });
}

/** What the audit says was done, newest first. */
export const actions = async (control: Control) =>
  (await control.audit.list({ limit: 100 })).map(({ action }) => action);
