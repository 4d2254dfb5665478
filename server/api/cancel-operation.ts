import type { Caller, OperationView } from "../control/types";
import { AppError } from "../errors";
import type { Nestegg } from "../nestegg";
import { hasRight } from "./rights";

/** Everyone with the right to start runs may stop their own; somebody else's takes an admin. */
export async function cancelOperation(
  { nestegg, caller }: { nestegg: Nestegg; caller: Caller },
  id: string,
): Promise<OperationView> {
  const { actor } = await nestegg.operations.get(id);
  const own = actor.kind === caller.actor.kind && actor.id === caller.actor.id;
  if (!own && !hasRight(caller, "operations.cancelAny")) {
    throw new AppError("forbidden", `${actor.name} started this run, so it goes on.`, {
      hint: "Ask an admin to cancel it, or let it finish.",
    });
  }
  return nestegg.operations.cancel(caller, id);
}
