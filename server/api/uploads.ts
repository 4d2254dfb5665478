import { z } from "zod";
import { beginUploadInput, finishUploadInput, uploadInput } from "./input-restore";
import { startedSchema } from "./output";
import { uploadSchema } from "./output-restore";
import { guarded, router } from "./trpc";

/** The parts themselves come by REST: tRPC would hold a whole one in memory as text. */
export const uploadsRouter = router({
  begin: guarded
    .input(beginUploadInput)
    .output(uploadSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.uploads.begin(ctx.caller, input)),

  get: guarded
    .input(uploadInput)
    .output(uploadSchema)
    .query(({ ctx, input }) => ctx.nestegg.uploads.get(input.id)),

  finish: guarded
    .input(finishUploadInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.uploads.finish(ctx.caller, input)),

  drop: guarded
    .input(uploadInput)
    .output(z.void())
    .mutation(({ ctx, input }) => ctx.nestegg.uploads.drop(ctx.caller, input)),
});
