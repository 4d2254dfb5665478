import { answerTrpc } from "@/server/api/answer-trpc";
import { getNestegg } from "@/server/runtime-handle";

const handler = (request: Request) => answerTrpc(getNestegg, request);

export { handler as GET, handler as POST };
