import { wordsOf } from "../backups/own-records";
import { listAside, type RecordsPlace, readRecords } from "../backups/read-records";
import { recordRowsSchema } from "../control/record-rows";
import { hasCode } from "../errors";
import { openStore } from "../storage/open-store";
import type { Cli, Outcome } from "./cli";

export async function openRecordsPlace({ settings, clock }: Pick<Cli, "settings" | "clock">): Promise<RecordsPlace> {
  const store = await openStore(settings.storage, { clock });
  return { store, prefix: settings.backupPrefix, databaseName: settings.databaseName };
}

/** Throws before anything is touched when they are missing, damaged or of a newer program. */
export function readOwnRecords(place: RecordsPlace, of: string | null) {
  return readRecords(place, { of: of ?? undefined, parseRows: (rows) => recordRowsSchema.parse(rows) });
}

/** What the bucket knows of its server, without touching anything. */
export async function records(cli: Cli, { of }: { of: string | null }): Promise<Outcome> {
  const place = await openRecordsPlace(cli);
  const aside = await listAside(place);
  const others =
    aside.length === 0 ? "" : `\nOf servers before it: ${aside.map((id) => `records --of ${id}`).join(", ")}`;
  try {
    const { rows, key, bytes, ...file } = await readOwnRecords(place, of);
    const people = rows.people.map(({ email, role, disabled }) => `  ${email}, ${role}${disabled ? ", disabled" : ""}`);
    return {
      text:
        [
          `${key}, written ${file.writtenAt} by server ${file.serverId} on ${file.host}`,
          wordsOf(rows),
          ...(people.length > 0 ? ["People:", ...people] : []),
          ...(rows.settings.length > 0
            ? [`Settings: ${rows.settings.map(({ name }) => shortName(name)).join(", ")}`]
            : []),
          "records --bring-back takes them over.",
        ].join("\n") + others,
      json: { key, bytes, ...file, ...rows, aside },
    };
  } catch (error) {
    if (hasCode(error, "not_found") && others) cli.terminal.say(others.trim());
    throw error;
  }
}

export function shortName(setting: string): string {
  return setting.replace(/^settings:/, "");
}
