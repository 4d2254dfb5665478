import { mkdir } from "node:fs/promises";
import type { RecordsFile } from "../backups/records-file";
import type { BroughtBack } from "../control/bring-back";
import { openControl } from "../control/open-control";
import { AppError, isAppError } from "../errors";
import { COMMAND_LINE } from "./caller";
import type { Cli, Outcome } from "./cli";
import { confirmName, requireAnswerable } from "./confirm-name";
import { holdDataFolder } from "./hold-data-folder";
import type { BringRecords } from "./parse-words";
import { openRecordsPlace, readOwnRecords, shortName } from "./records";

/** Read and found usable, and nobody is in the way; `bring` writes them. */
export interface ReadyRecords {
  file: RecordsFile & { key: string };
  bring(): Promise<Outcome>;
}

/** Takes the records over while no server runs: into an empty control database, or only the settings. */
export async function bringRecords(cli: Cli, input: BringRecords & { yes: boolean }): Promise<Outcome> {
  requireAnswerable(cli, input.yes, "replaces the settings of this machine");
  const folder = await holdDataFolder(
    cli,
    "Stop the server, then run this again: it holds the settings in its memory.",
  );
  try {
    const ready = await prepareRecords(cli, input);
    const { key, writtenAt, host } = ready.file;
    const what = `${key}, written ${writtenAt} on ${host}: ${input.settingsOnly ? "its settings take" : "its settings and people take"} the place of what is set here.`;
    await confirmName(cli, { yes: input.yes, what });
    return await ready.bring();
  } finally {
    await folder.release();
  }
}

/** Throws, with nothing touched, for records that cannot be used and for a control database that has people. */
export async function prepareRecords(cli: Cli, input: BringRecords): Promise<ReadyRecords> {
  const file = await readOwnRecords(await openRecordsPlace(cli), input.of);
  if (!input.settingsOnly) await withControl(cli, (control) => control.records.requireNobody());
  return {
    file,
    async bring() {
      const from = `${file.key}, ${file.writtenAt}`;
      const done = await withControl(cli, (control) =>
        control.records.bringBack({
          caller: COMMAND_LINE,
          rows: file.rows,
          from,
          people: !input.settingsOnly,
          history: input.history,
        }),
      );
      return tell(file, done, input);
    },
  };
}

/** After a restore that is done: its own end must not hide that the database is in place. */
export async function bringAfterRestore(ready: ReadyRecords): Promise<Outcome> {
  try {
    return await ready.bring();
  } catch (error) {
    const { message, hint } = isAppError(error) ? error : { message: String(error), hint: undefined };
    throw new AppError("internal", `The database is restored. Its records are not: ${message}`, {
      hint: hint ?? "Then: npm run -s nestegg -- records --bring-back",
      cause: error,
    });
  }
}

async function withControl<T>(
  { settings, clock, log, migrationsFolder }: Cli,
  work: (control: Awaited<ReturnType<typeof openControl>>) => Promise<T>,
): Promise<T> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const control = await openControl({ url: settings.controlDatabaseUrl, migrationsFolder, clock, log });
  try {
    return await work(control);
  } finally {
    await control.close();
  }
}

function tell({ rows, writtenAt }: RecordsFile, done: BroughtBack, { settingsOnly }: BringRecords): Outcome {
  const settings = done.settings.map(({ name, replaced }) => `${shortName(name)}${replaced ? " (replaced)" : ""}`);
  const lines = [`Brought back, as of ${writtenAt}:`, `  settings: ${settings.join(", ") || "none"}`];
  if (!settingsOnly) {
    lines.push(`  people: ${rows.people.map(({ email }) => email).join(", ") || "none"}`);
    if (rows.people.some(({ externalIssuer }) => externalIssuer === null)) {
      lines.push(
        "They cannot sign in yet. The next start makes the first admin as on a new machine (the same email is the same person);",
        "each other one needs an invitation, or: npm run -s nestegg -- user reset EMAIL",
      );
    }
    if (rows.tokens.some(({ revokedAt }) => revokedAt === null)) {
      const names = rows.tokens.filter(({ revokedAt }) => revokedAt === null).map(({ name }) => name);
      lines.push(`API tokens work nowhere any more, make new ones: ${names.join(", ")}`);
    }
    if (rows.channels.length > 0) {
      lines.push(
        `Alert channels to enter anew: ${rows.channels.map(({ name, kind }) => `${name} (${kind})`).join(", ")}`,
      );
    }
  }
  if (done.operations + done.audit > 0) lines.push(`  history: ${done.operations} runs, ${done.audit} audit rows`);
  return { text: lines.join("\n"), json: { records: { ...done, writtenAt } } };
}
