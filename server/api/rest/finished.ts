import type { OperationView } from "../../control/types";
import { endedWell } from "../../ended-well";
import { AppError, isErrorCode } from "../../errors";
import type { RestContext } from "./route";

/** Waits for the run and returns it when it went well, else throws what it failed with. The run goes on when the caller leaves. */
export async function finished({ nestegg }: RestContext, id: string, signal: AbortSignal): Promise<OperationView> {
  const operation = await nestegg.operations.wait(id, signal);
  if (endedWell(operation.state)) return operation;
  throw failureOf(operation);
}

function failureOf({ id, error, state, summary }: OperationView): AppError {
  const hint = error?.hint ?? `See /activity/${id} for its steps and log.`;
  if (error) return new AppError(isErrorCode(error.code) ? error.code : "internal", error.message, { hint });
  if (state === "cancelled") return new AppError("cancelled", summary ?? "The run was cancelled.", { hint });
  if (state === "interrupted")
    return new AppError("stopping", summary ?? "The server stopped before the run ended.", { hint });
  if (state === "rolled-back")
    return new AppError("restore_rolled_back", summary ?? "The database is the one from before the run.", { hint });
  return new AppError("internal", summary ?? "The run did not end well.", { hint });
}
