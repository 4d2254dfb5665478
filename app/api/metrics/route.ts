import { answerRest } from "@/server/api/rest/answer-rest";
import { restRoutes } from "@/server/api/rest/routes";
import { getNestegg } from "@/server/runtime-handle";

const handler = (request: Request) => answerRest({ nestegg: getNestegg, routes: restRoutes }, request);

// Every method, so that a wrong one gets our answer and not Next's empty page.
export {
  handler as DELETE,
  handler as GET,
  handler as HEAD,
  handler as OPTIONS,
  handler as PATCH,
  handler as POST,
  handler as PUT,
};
