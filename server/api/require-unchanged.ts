import { isDeepStrictEqual } from "node:util";
import { AppError } from "../errors";

/** A form that was opened before somebody else saved would put the older settings back without anybody seeing it. */
export async function requireUnchanged<T>(what: string, was: T | undefined, now: () => Promise<T>): Promise<void> {
  if (was === undefined || isDeepStrictEqual(await now(), was)) return;
  throw new AppError("conflict", `Somebody saved ${what} since this form was opened; nothing was changed now.`, {
    hint: "It may have been an earlier try of yours whose answer was lost. Discard your changes, or close the form, to see what holds now; then make them again.",
  });
}
