import type { BackupType } from "../nestegg";

/** The word that stands for each type inside an id; `backup` for shutdown is the seed's. */
const WORD_OF_TYPE: Record<BackupType, string> = {
  shutdown: "backup",
  manual: "manual",
  scheduled: "scheduled",
  safety: "safety",
  upload: "upload",
};
export const ID_WORDS: readonly string[] = Object.values(WORD_OF_TYPE);
const TYPE_OF_WORD = new Map(Object.entries(WORD_OF_TYPE).map(([type, word]) => [word, type as BackupType]));
const FORM = /^(.+)-(backup|manual|scheduled|safety|upload)-(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})\.duckdb$/;

export interface BackupId {
  database: string;
  type: BackupType;
  /** Whole seconds, UTC. */
  time: Date;
}

export function formatBackupId({ database, type, time }: BackupId): string {
  const digits = time.toISOString().replace(/[-:]/g, "").slice(0, 15).replace("T", "-");
  return `${database}-${WORD_OF_TYPE[type]}-${digits}.duckdb`;
}

/** Null for anything that is not exactly of our form, impossible dates included. */
export function parseBackupId(id: string): BackupId | null {
  const match = FORM.exec(id);
  const type = match?.[2] === undefined ? undefined : TYPE_OF_WORD.get(match[2]);
  if (!match?.[1] || !type) return null;
  const [year, month, day, hour, minute, second] = match.slice(3).map(Number);
  const time = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second));
  const parsed = { database: match[1], type, time };
  return formatBackupId(parsed) === id ? parsed : null;
}

/** "2024-12-30T15:30:00Z": the seed's form, without milliseconds. */
export function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** "2024-12-30 15:30:00 UTC", for sentences; the page shows times in the reader's own zone. */
export function wordsOf(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
