import { alertsRouter } from "./alerts";
import { auditRouter } from "./audit";
import { backupsRouter } from "./backups";
import { costRouter } from "./cost";
import { databaseRouter } from "./database";
import { doctorRouter, drillsRouter } from "./doctor";
import { operationsRouter } from "./operations";
import { peopleRouter } from "./people";
import { bucketRulesRouter, retentionRouter } from "./retention";
import { scheduleRouter } from "./schedule";
import { sessionRouter } from "./session";
import { settingsRouter } from "./settings";
import { setupRouter } from "./setup";
import { statusRouter } from "./status";
import { tokensRouter } from "./tokens";
import { createCallerFactory, router } from "./trpc";
import { uploadsRouter } from "./uploads";

export const appRouter = router({
  alerts: alertsRouter,
  audit: auditRouter,
  backups: backupsRouter,
  bucketRules: bucketRulesRouter,
  cost: costRouter,
  database: databaseRouter,
  doctor: doctorRouter,
  drills: drillsRouter,
  operations: operationsRouter,
  people: peopleRouter,
  retention: retentionRouter,
  schedule: scheduleRouter,
  session: sessionRouter,
  settings: settingsRouter,
  setup: setupRouter,
  status: statusRouter,
  tokens: tokensRouter,
  uploads: uploadsRouter,
});

export type AppRouter = typeof appRouter;

export const createCaller = createCallerFactory(appRouter);
