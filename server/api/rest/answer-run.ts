import { answerJson } from "./answer";
import { finished } from "./finished";
import type { RestContext } from "./route";
import { operationAnswer } from "./schemas";

interface Run {
  operationId: string;
  wait: boolean;
}

/** 202 with the run as it stands now; with `wait` 200 when it went well, else the error that it ended with. */
export async function answerRun(context: RestContext, request: Request, run: Run): Promise<Response> {
  const { operationId, wait } = run;
  const operation = wait
    ? await finished(context, operationId, request.signal)
    : await context.nestegg.operations.get(operationId);
  return answerJson(operationAnswer.parse({ success: true, operation }), wait ? 200 : 202);
}
