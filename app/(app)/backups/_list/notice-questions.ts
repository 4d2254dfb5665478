/** The newest backup run that ended: page and notice ask with the same words, so that one answer serves both. */
export const LAST_BACKUP_RUNS = {
  kinds: ["backup" as const],
  states: ["ok" as const, "ok-retried" as const, "failed" as const, "interrupted" as const],
  limit: 1,
};
