/** Page and notices ask with the same words, so that the first paint has the answers. */

/** The newest backup run that ended. */
export const LAST_BACKUP_RUNS = {
  kinds: ["backup" as const],
  states: ["ok" as const, "ok-retried" as const, "failed" as const, "interrupted" as const],
  limit: 1,
};

export const NEWEST_FAILED_CHECK = { states: ["failed" as const], limit: 1 };
