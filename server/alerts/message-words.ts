import type { AlertMessage, AlertNotice } from "../nestegg-operate";

/** Who speaks: in every message. */
export interface Speaker {
  databaseName: string;
  host: string;
  publicUrl: string;
  version: string;
}

const TITLE_CHARACTERS = 200;
const TEXT_CHARACTERS = 1_500;
const HINT_CHARACTERS = 500;
const KEY_CHARACTERS = 200;

/** Error texts of others may be of any length; what is told is not. */
export function bounded(notice: AlertNotice): AlertNotice {
  return {
    ...notice,
    key: notice.key.slice(0, KEY_CHARACTERS),
    title: cut(notice.title, TITLE_CHARACTERS),
    text: cut(notice.text, TEXT_CHARACTERS),
    hint: notice.hint === null ? null : cut(notice.hint, HINT_CHARACTERS),
  };
}

export function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}

export function headline({ kind, title }: Pick<AlertMessage, "kind" | "title">): string {
  if (kind === "reminder") return `Still so: ${title}`;
  if (kind === "recovered") return `Recovered: ${title}`;
  return title;
}

export function linkOf({ operationId, backupId }: AlertMessage, { publicUrl }: Speaker): string {
  if (operationId) return `${publicUrl}/activity/${encodeURIComponent(operationId)}`;
  if (backupId) return `${publicUrl}/backups/${encodeURIComponent(backupId)}`;
  return publicUrl;
}

/** Below the headline: what it means, what to do, since when, and who says so. */
export function bodyLines(message: AlertMessage, speaker: Speaker): string[] {
  const since = message.since && message.kind !== "trouble" ? `It began at ${wordsOf(message.since)}.` : null;
  const from = `Database ${speaker.databaseName} on ${speaker.host}, ${wordsOf(message.at)}.`;
  return [message.text, message.hint, since, from].filter((line): line is string => line !== null && line !== "");
}

function wordsOf(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
