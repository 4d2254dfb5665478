import { z } from "zod";
import { idInput } from "./input";
import { confirmBody, letGoInput, restoreInput } from "./input-restore";
import { startedSchema } from "./output";
import { keptDatabaseSchema, restorePreviewSchema, undoPreviewSchema } from "./output-restore";
import { requireConfirmed } from "./require-confirmed";
import { guarded } from "./trpc";

/** The way back, as a part of `backups`. On a page the live database's name is typed: it is what will be replaced. */
export const restoreProcedures = {
  previewRestore: guarded
    .input(idInput)
    .output(restorePreviewSchema)
    .query(({ ctx, input }) => ctx.nestegg.restores.preview(input)),

  restore: guarded
    .input(restoreInput)
    .output(startedSchema)
    .mutation(({ ctx, input: { confirm, ...wish } }) => {
      requireConfirmed(confirm, ctx.nestegg.facts.databaseName);
      return ctx.nestegg.restores.start(ctx.caller, wish);
    }),

  previewUndo: guarded.output(undoPreviewSchema.nullable()).query(({ ctx }) => ctx.nestegg.restores.previewUndo()),

  undoRestore: guarded
    .input(confirmBody)
    .output(startedSchema)
    .mutation(({ ctx, input: { confirm, ...wish } }) => {
      requireConfirmed(confirm, ctx.nestegg.facts.databaseName);
      return ctx.nestegg.restores.undo(ctx.caller, wish);
    }),

  kept: guarded.output(z.array(keptDatabaseSchema)).query(({ ctx }) => ctx.nestegg.restores.kept()),

  letGo: guarded
    .input(letGoInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.restores.letGo(ctx.caller, input)),
};
