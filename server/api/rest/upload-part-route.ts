import { AppError } from "../../errors";
import type { UploadView } from "../../nestegg-restore";
import { partNumberSchema, uploadIdSchema } from "../input-restore";
import { answerJson } from "./answer";
import { readPart } from "./read-part";
import { defineRoute } from "./route";
import { uploadAnswer } from "./schemas";

export const uploadPartRoute = defineRoute({
  method: "PUT",
  path: "/api/admin/uploads/:id/parts/:part",
  summary: "Send one part of the file",
  description: "Parts are counted from 0, come in any order and may be sent again.",
  id: uploadIdSchema,
  part: partNumberSchema,
  binaryBody: { description: "The bytes of the part: partBytes of them, in the last part the rest of the file." },
  answers: { 200: { description: "The upload as it is now.", schema: uploadAnswer } },
  errors: ["not_found", "conflict", "disk_full"],
  async handle({ context, request, id, part }) {
    const { uploads } = context.nestegg;
    const bytes = lengthOf(await uploads.get(id), part);
    const upload = await uploads.putPart({ id, part, body: readPart(request, bytes) });
    return answerJson(uploadAnswer.parse({ success: true, upload }));
  },
});

function lengthOf({ bytes, partBytes, parts }: UploadView, part: number): number {
  if (part < parts) return Math.min(partBytes, bytes - part * partBytes);
  throw new AppError("invalid_input", `There is no part ${part}: the file has ${parts}. Nothing was changed.`, {
    hint: `Send parts 0 to ${parts - 1}.`,
  });
}
