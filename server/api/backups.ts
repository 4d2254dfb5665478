import { z } from "zod";
import { backupListInput, createBackupInput, idInput, lockInput, setStatusInput, tagInput } from "./input";
import { backupDetailSchema, backupListSchema, backupSchema, startedSchema } from "./output";
import { restoreProcedures } from "./restore-procedures";
import { requireRight } from "./rights";
import { guarded, router } from "./trpc";

export const backupsRouter = router({
  list: guarded
    .input(backupListInput)
    .output(backupListSchema)
    .query(({ ctx, input }) => ctx.nestegg.backups.list(input)),

  get: guarded
    .input(idInput)
    .output(backupDetailSchema)
    .query(({ ctx, input }) => ctx.nestegg.backups.get(input.id)),

  create: guarded
    .input(createBackupInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.backups.create(ctx.caller, input)),

  verify: guarded
    .input(idInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.backups.verify(ctx.caller, input)),

  tag: guarded
    .input(tagInput)
    .output(backupSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.backups.tag(ctx.caller, input)),

  setStatus: guarded
    .input(setStatusInput)
    .output(backupSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.backups.setStatus(ctx.caller, input)),

  lock: guarded
    .input(lockInput)
    .output(backupSchema)
    .mutation(({ ctx, input }) => {
      if (!input.locked) requireRight(ctx.caller, "backups.unlock");
      return ctx.nestegg.backups.lock(ctx.caller, input);
    }),

  remove: guarded
    .input(idInput)
    .output(z.object({ id: z.string(), deletesAt: z.string() }))
    .mutation(({ ctx, input }) => ctx.nestegg.backups.remove(ctx.caller, input)),

  undelete: guarded
    .input(idInput)
    .output(backupSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.backups.undelete(ctx.caller, input)),

  adopt: guarded
    .input(idInput)
    .output(startedSchema)
    .mutation(({ ctx, input }) => ctx.nestegg.backups.adopt(ctx.caller, input)),

  /** Always a link that works: the store's own, or our download route where the server streams. A mutation, because it is audited. */
  downloadUrl: guarded
    .input(idInput)
    .output(z.object({ url: z.string(), expiresAt: z.string().nullable(), fileName: z.string(), bytes: z.number() }))
    .mutation(async ({ ctx, input }) => {
      const link = await ctx.nestegg.backups.downloadUrl(ctx.caller, input);
      return { ...link, url: link.url ?? `/api/admin/backup/${encodeURIComponent(input.id)}/download` };
    }),

  ...restoreProcedures,
});
