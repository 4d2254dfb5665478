import { databaseInfoSchema, tablesSchema } from "./output-status";
import { guarded, router } from "./trpc";

export const databaseRouter = router({
  info: guarded.output(databaseInfoSchema).query(({ ctx }) => ctx.nestegg.database.info()),

  /** Empty while the database is not open; `info` says why. */
  tables: guarded.output(tablesSchema).query(async ({ ctx }) => {
    const { statistics } = await ctx.nestegg.database.info();
    return statistics?.tables ?? [];
  }),

  /** The answer to "the file is missing, but the bucket holds backups of it". */
  startEmpty: guarded.output(databaseInfoSchema).mutation(({ ctx }) => ctx.nestegg.database.startEmpty(ctx.caller)),
});
