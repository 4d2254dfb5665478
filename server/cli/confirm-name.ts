import { AppError } from "../errors";
import type { Cli } from "./cli";
import { WrongUse } from "./exit-codes";

/** Before anything is begun: without a person at the terminal, `--yes` is the answer. */
export function requireAnswerable(
  { terminal }: Pick<Cli, "terminal">,
  yes: boolean,
  what = "replaces the live database",
): void {
  if (yes || terminal.interactive) return;
  throw new WrongUse(`This ${what}, and there is no terminal to ask on; nothing was done.`, "Add --yes.");
}

/** The same question as on the page: what is going to happen, and the database's name as the answer. */
export async function confirmName(
  { terminal, settings, signal }: Pick<Cli, "terminal" | "settings" | "signal">,
  { yes, what }: { yes: boolean; what: string },
): Promise<void> {
  if (yes) return;
  terminal.say(what);
  const answer = await terminal.ask(`Type ${settings.databaseName} to go on: `, signal);
  if (answer === settings.databaseName) return;
  throw new AppError("confirm_mismatch", `That is not the name. Nothing was changed.`, {
    hint: `Run the command again and type ${settings.databaseName}.`,
  });
}
