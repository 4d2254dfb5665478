import { AppError } from "../errors";

/** Refusals that both stores word alike, because callers act on them. */
export function preconditionFailed(key: string, cause?: unknown): AppError {
  return new AppError("storage_precondition", `${key} is not in the state that was expected; nothing was changed.`, {
    hint: "Somebody else wrote it in the meantime: read it again and decide anew.",
    cause,
  });
}

export function rangeInvalid(key: string, cause?: unknown): AppError {
  return new AppError("storage_range_invalid", `The asked part of ${key} begins behind its end; nothing was read.`, {
    hint: "Ask for a range inside the object.",
    cause,
  });
}
