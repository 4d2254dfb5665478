import { getSystemErrorMap } from "node:util";
import { AppError, isAppError } from "../errors";
import type { Job } from "./protocol";

const JOB_NAMES: Record<Job["kind"], string> = {
  fingerprint: "look at the live file",
  upload: "upload",
  verify: "verification",
  download: "download",
  inspect: "inspection",
  "check-blocks": "look at the live file's blocks",
  rescue: "rescue",
};

/** What the operating system refused, as an error for people; every other error as it is. */
export function explainSystemError(error: unknown, kind: Job["kind"]): unknown {
  if (isAppError(error) || !isSystemError(error)) return error;
  const what = `This ${JOB_NAMES[kind]} was given up`;
  const unharmed = "The live database and the backups are not affected.";
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return new AppError("disk_full", `${what} because the disk is full. ${unharmed}`, {
      hint: "Free space on the disk of the data folder, then try again.",
      cause: error,
    });
  }
  const [name, reason] = getSystemErrorMap().get(error.errno) ?? [error.code, "unknown reason"];
  return new AppError(
    "internal",
    `${what} because the operating system refused a file: ${reason} (${name}). ${unharmed}`,
    { hint: "Look at the log for the file's name, check its folder and disk, then try again.", cause: error },
  );
}

function isSystemError(error: unknown): error is Error & { code: string; errno: number } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    "errno" in error &&
    typeof error.errno === "number"
  );
}
