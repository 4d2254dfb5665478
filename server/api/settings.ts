import { z } from "zod";
import { factsSchema, storageCheckSchema } from "./output";
import { guarded, router } from "./trpc";

export const settingsRouter = router({
  /** The output schema names each fact; the secret is none of them. */
  facts: guarded.output(factsSchema).query(({ ctx }) => ctx.nestegg.facts),

  lastStorageCheck: guarded.output(storageCheckSchema.nullable()).query(({ ctx }) => ctx.nestegg.storage.lastCheck()),

  /** A mutation: it writes and deletes a probe object. */
  storageCheck: guarded.output(storageCheckSchema).mutation(({ ctx }) => ctx.nestegg.storage.check(ctx.caller)),

  /** Makes this server the one that may delete and adopt under its path. */
  takeOver: guarded.output(z.void()).mutation(({ ctx }) => ctx.nestegg.storage.takeOver(ctx.caller)),
});
