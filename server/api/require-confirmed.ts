import { AppError } from "../errors";

/** What replaces data is asked for twice: the second time by a name that nobody types by accident. */
export function requireConfirmed(given: string, wanted: string): void {
  if (given === wanted) return;
  throw new AppError("confirm_mismatch", `That is not the name. Type ${wanted}.`, {
    hint: "Nothing was started; the database is as it was.",
  });
}
