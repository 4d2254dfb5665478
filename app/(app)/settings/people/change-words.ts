import type { RouterOutputs } from "@/app/_trpc/client";

type List = RouterOutputs["people"]["list"];
type Person = List["people"][number];

export type Asked =
  | { what: "role"; person: Person; role: Person["role"] }
  | { what: "disable" | "enable"; person: Person }
  | { what: "withdraw"; invitation: List["invitations"][number] };

const RIGHTS = {
  viewer: "A viewer sees backups and runs, and changes nothing.",
  operator: "An operator makes, checks, marks and downloads backups, and deletes and restores nothing.",
  admin: "An admin may do everything, restores, settings and people included.",
} as const;

/** What the change means, before it is made; `ownId` is who asks for it. */
export function changeWords(asked: Asked, ownId: string) {
  const own = asked.what !== "withdraw" && asked.person.id === ownId;
  switch (asked.what) {
    case "role":
      return {
        title: `Make ${asked.person.email} ${asked.role === "viewer" ? "a" : "an"} ${asked.role}?`,
        keep: `Keep ${asked.person.role}`,
        confirm: "Change role",
        text: own
          ? `This is your own account. ${RIGHTS[asked.role]} It counts at once, and only another admin can give the role back.`
          : `${RIGHTS[asked.role]} It counts with their next click.`,
      };
    case "disable":
      return {
        title: `Disable ${asked.person.email}?`,
        keep: "Keep enabled",
        confirm: "Disable",
        text: own
          ? "This is your own account: you are signed out at once, and only another admin can enable you again. Invitations you sent are withdrawn. API tokens you made go on working: revoke those in API tokens first."
          : "All their sessions end at once and they cannot sign in. Invitations they sent are withdrawn. API tokens they made go on working: revoke those in API tokens.",
      };
    case "enable":
      return {
        title: `Enable ${asked.person.email}?`,
        keep: "Keep disabled",
        confirm: "Enable",
        text: `They can sign in again, as ${asked.person.role}.`,
      };
    case "withdraw":
      return {
        title: `Withdraw the invitation of ${asked.invitation.email}?`,
        keep: "Keep invitation",
        confirm: "Withdraw",
        text: "The link opens nothing any more. You can invite again.",
      };
  }
}
