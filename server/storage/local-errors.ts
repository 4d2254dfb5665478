import { AppError, isAppError } from "../errors";

interface FileFailure {
  key: string;
  folder: string;
  /** "read" or "write", for the sentence. */
  doing: "read" | "write" | "delete" | "list";
}

/** Turns what the file system said into what a person can act on. AppErrors pass unchanged. */
export function explainFileError(error: unknown, { key, folder, doing }: FileFailure): AppError {
  if (isAppError(error)) return error;
  const code = errorCodeOf(error);
  const what = `Nestegg could not ${doing} ${key === "" ? "the backup folder" : key} in ${folder}`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new AppError(
        "disk_full",
        `${what}: the disk is full. Nothing was stored; what was there before is unharmed.`,
        {
          hint: "Free space on that disk, or set the R2 settings so that backups leave this machine.",
          cause: error,
        },
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new AppError(
        "storage_forbidden",
        `${what}: the operating system refused it (${code}). Nothing was changed.`,
        {
          hint: `Give the user that runs Nestegg the right to read and write ${folder}.`,
          cause: error,
        },
      );
    case "ENAMETOOLONG":
      return new AppError("invalid_input", `${what}: a part of the name is too long for this file system.`, {
        hint: "Use a shorter name.",
        cause: error,
      });
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
      return new AppError(
        "storage_failed",
        `${what}: a name on the way is a file in one place and a folder in another, which a local folder cannot hold. Nothing was changed.`,
        { hint: "Use another name; on R2 both can exist.", cause: error },
      );
    default:
      return new AppError("storage_failed", `${what}: the file system answered ${code ?? "an unknown error"}.`, {
        hint: "Check the disk and its cable or mount, then try again; the log has the cause.",
        cause: error,
      });
  }
}

export function errorCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

export function isMissing(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}
