import { AppError } from "../errors";

/** Refusals that both stores word alike, because callers act on them. */
export function preconditionFailed(key: string, cause?: unknown): AppError {
  return new AppError("storage_precondition", `${key} is not in the state that was expected; nothing was changed.`, {
    hint: "Somebody else wrote it in the meantime: read it again and decide anew.",
    cause,
  });
}

/** The object to copy from is another one by now; the copy's own key is untouched. */
export function sourceChanged(key: string, cause?: unknown): AppError {
  return new AppError(
    "storage_precondition",
    `${key} was to be copied, but it is missing or has another content by now; nothing was copied.`,
    { hint: "Send the file itself instead of copying it from the earlier backup.", cause },
  );
}

export function uploadGone(key: string, cause?: unknown): AppError {
  return new AppError(
    "storage_upload_gone",
    `The upload of ${key} is already finished or dropped; nothing was stored.`,
    {
      hint: "Start the upload again.",
      cause,
    },
  );
}

export function rangeInvalid(key: string, cause?: unknown): AppError {
  return new AppError("storage_range_invalid", `The asked part of ${key} begins behind its end; nothing was read.`, {
    hint: "Ask for a range inside the object.",
    cause,
  });
}
