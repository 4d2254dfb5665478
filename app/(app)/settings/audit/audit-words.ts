import type { RouterOutputs } from "@/app/_trpc/client";

type Row = RouterOutputs["audit"]["list"][number];

/** "user.sign-out-everywhere" as a person reads it; the word itself stands in the CSV. */
export function actionWords(action: string): string {
  const words = action.replaceAll(".", ": ").replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "withoutSafetyBackup: false" as a person reads it. */
export function detailWords(name: string, value: unknown): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words}: ${value === true ? "yes" : value === false ? "no" : String(value)}`;
}

export function actorWords({ actor, actorKind }: Pick<Row, "actor" | "actorKind">): string {
  switch (actorKind) {
    case "user":
      return actor;
    case "token":
      return `${actor} (token)`;
    case "environment":
      return actor;
    case "system":
      return `Nestegg itself (${actor})`;
  }
}
