import { parseArgs } from "node:util";
import { WrongUse } from "./exit-codes";

/** One command with its words, told apart by name. */
export type Command =
  | { name: "help" }
  | { name: "version" }
  | { name: "doctor" }
  | { name: "list"; limit: number | null }
  | { name: "show" | "verify"; word: string }
  | { name: "get"; word: string; into: string; force: boolean }
  | { name: "restore"; word: string; yes: boolean; records: BringRecords | null }
  | { name: "records"; of: string | null }
  | ({ name: "bring-records"; yes: boolean } & BringRecords)
  | { name: "undo"; yes: boolean }
  | { name: "backup"; note: string; verify: boolean; url: string | null; token: string | null }
  | { name: "reset-password"; email: string };

/** What of the records beside the backups is brought back. */
export interface BringRecords {
  /** The server whose copy was put aside; null: the one of the path's owner. */
  of: string | null;
  settingsOnly: boolean;
  history: boolean;
}

const OPTIONS = {
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  limit: { type: "string" },
  into: { type: "string" },
  force: { type: "boolean" },
  yes: { type: "boolean" },
  undo: { type: "boolean" },
  "with-records": { type: "boolean" },
  "bring-back": { type: "boolean" },
  "settings-only": { type: "boolean" },
  history: { type: "boolean" },
  of: { type: "string" },
  note: { type: "string" },
  verify: { type: "boolean" },
  url: { type: "string" },
  token: { type: "string" },
} as const;

type OptionName = keyof typeof OPTIONS;

/** Options that a command knows beside --json; any other is a mistake that must not go unseen. */
const KNOWN: Record<string, OptionName[]> = {
  list: ["limit"],
  get: ["into", "force"],
  restore: ["yes", "undo", "with-records", "history", "of"],
  records: ["yes", "bring-back", "settings-only", "history", "of"],
  backup: ["note", "verify", "url", "token"],
};

/** Throws `WrongUse` for everything that is not exactly a command. */
export function parseWords(words: string[]): Command {
  const { values, positionals } = split(words);
  if (values.help) return { name: "help" };
  if (values.version) return { name: "version" };
  const [name = "help", ...rest] = positionals;
  for (const option of Object.keys(values) as OptionName[]) {
    if (option !== "json" && !KNOWN[name]?.includes(option))
      throw new WrongUse(`${name} knows no --${option}.`, SEE_HELP);
  }
  switch (name) {
    case "help":
    case "version":
    case "doctor":
      none(name, rest);
      return { name };
    case "list":
      none(name, rest);
      return { name, limit: values.limit === undefined ? null : wholeNumber(values.limit) };
    case "show":
    case "verify":
      return { name, word: only(name, rest) };
    case "get": {
      const word = only(name, rest);
      if (!values.into) throw new WrongUse("get needs --into FILE.", `For instance: get ${word} --into ./copy.duckdb`);
      return { name, word, into: values.into, force: values.force ?? false };
    }
    case "restore":
      if (!values.undo) {
        const records = values["with-records"] ? bringRecords(values) : null;
        if (!records && (values.history || values.of))
          throw new WrongUse("--history and --of go with --with-records.", SEE_HELP);
        return { name, word: only(name, rest), yes: values.yes ?? false, records };
      }
      none("restore --undo", rest);
      if (values["with-records"] || values.history || values.of)
        throw new WrongUse("restore --undo brings no records back.", SEE_HELP);
      return { name: "undo", yes: values.yes ?? false };
    case "records":
      none(name, rest);
      if (values["bring-back"]) return { name: "bring-records", yes: values.yes ?? false, ...bringRecords(values) };
      if (values.yes || values.history || values["settings-only"])
        throw new WrongUse("--settings-only, --history and --yes go with --bring-back.", SEE_HELP);
      return { name, of: serverId(values.of) };
    case "backup":
      none(name, rest);
      return {
        name,
        note: values.note ?? "",
        verify: values.verify ?? false,
        url: values.url === undefined ? null : webAddress(values.url),
        token: values.token ?? null,
      };
    case "user": {
      const [action, email, ...more] = rest;
      if (action !== "reset" || !email || more.length > 0)
        throw new WrongUse("user knows one thing: user reset EMAIL.", SEE_HELP);
      return { name: "reset-password", email };
    }
    default:
      throw new WrongUse(`There is no command ${name}.`, SEE_HELP);
  }
}

const SEE_HELP = "npm run -s nestegg -- help";

function bringRecords(values: { of?: string; "settings-only"?: boolean; history?: boolean }): BringRecords {
  return {
    of: serverId(values.of),
    settingsOnly: values["settings-only"] ?? false,
    history: values.history ?? false,
  };
}

/** It becomes a part of a key in the bucket. */
function serverId(text: string | undefined): string | null {
  if (text === undefined || /^[0-9a-z]{1,64}$/.test(text)) return text ?? null;
  throw new WrongUse("--of needs a server's id, as records shows it.");
}

function split(words: string[]) {
  try {
    return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new WrongUse(String((error as Error).message), SEE_HELP);
  }
}

function only(name: string, rest: string[]): string {
  const [word, ...more] = rest;
  if (word && more.length === 0) return word;
  throw new WrongUse(`${name} needs one ID, or latest.`, SEE_HELP);
}

function none(name: string, rest: string[]): void {
  if (rest.length > 0) throw new WrongUse(`${name} takes no ${rest.join(" ")}.`, SEE_HELP);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new WrongUse("--limit needs a whole number above 0.");
}

function webAddress(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new WrongUse("--url needs a full address such as https://backups.example.com.");
}
