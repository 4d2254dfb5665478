import { auditCsvRoute } from "./audit-csv-route";
import { backupRoutes } from "./backup-routes";
import { doctorRoutes } from "./doctor-routes";
import { downloadRoute } from "./download-route";
import { metricsRoute } from "./metrics-route";
import { openApiRoute } from "./openapi-route";
import { operationRoutes } from "./operation-routes";
import { restoreRoutes } from "./restore-routes";
import type { RestRoute } from "./route";
import { sqlRoute } from "./sql-route";
import { uploadPartRoute } from "./upload-part-route";
import { uploadRoutes } from "./upload-routes";
import { verifyRoute } from "./verify-route";

const documented: RestRoute[] = [
  ...backupRoutes,
  downloadRoute,
  verifyRoute,
  ...restoreRoutes,
  ...uploadRoutes,
  uploadPartRoute,
  ...operationRoutes,
  ...doctorRoutes,
  auditCsvRoute,
  metricsRoute,
  sqlRoute,
];

/** Every REST route there is. */
export const restRoutes: readonly RestRoute[] = [...documented, openApiRoute(documented)];
