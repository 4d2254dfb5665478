import { describe, expect, it } from "vitest";
import { breachesOf, checkRooms } from "./rooms.mjs";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const everywhere = () => true;
const breach = (file: string, source: string) => breachesOf(file, source, everywhere).join("\n");

describe("the rooms", () => {
  // That nothing breaches them is a check of `npm run verify`.
  it("are looked for in the whole project", () => {
    expect(checkRooms(root).files).toBeGreaterThan(100);
  });

  it.each([
    [
      "a page that takes a server's value",
      "app/(app)/page.tsx",
      'import { createBackup } from "@/server/backups/create";',
    ],
    ["a page that takes the API's value", "app/(app)/page.tsx", 'import { appRouter } from "@/server/api/root";'],
    ["a page that takes the handle", "app/(app)/page.tsx", 'import { getNestegg } from "@/server/runtime-handle";'],
    [
      "a page that hides it in import type's other form",
      "app/(app)/page.tsx",
      'import { type AppRouter } from "@/server/api/root";',
    ],
    ["a page that imports later", "app/(app)/page.tsx", 'const a = () => import("@/server/backups/create");'],
    ["a page that passes on", "app/(app)/page.tsx", 'export { createBackup } from "../../server/backups/create";'],
    ["a part that knows tRPC", "components/button.tsx", 'import { createTRPCClient } from "@trpc/client";'],
    ["a part that knows a page", "components/button.tsx", 'import { useBackups } from "@/app/_trpc/client";'],
    ["backups with the engine", "server/backups/create.ts", 'import { DuckDBInstance } from "@duckdb/node-api";'],
    [
      "backups with the SDK, type only",
      "server/backups/create.ts",
      'import type { S3Client } from "@aws-sdk/client-s3";',
    ],
    ["backups with a real store", "server/backups/create.ts", 'import { openStore } from "../storage/open-store";'],
    ["the SDK beside r2", "server/storage/local-store.ts", 'import { S3Client } from "@aws-sdk/client-s3";'],
    [
      "storage that knows backups",
      "server/storage/r2-store.ts",
      'import type { Manifest } from "../backups/manifest";',
    ],
    ["the database with the book", "server/database/live-database.ts", 'import { schema } from "../control/schema";'],
    [
      "a worker with the live file",
      "server/worker/upload.ts",
      'import { openLiveDatabase } from "../database/live-database";',
    ],
    ["the API with the runtime", "server/api/root.ts", 'import { startRuntime } from "../runtime";'],
    ["the runtime with the API", "server/runtime.ts", 'import { rights } from "./api/rights";'],
    [
      "product code with a test's part",
      "server/backups/create.ts",
      'import { fakeClock } from "../testing/fake-clock";',
    ],
    [
      "a type from a test's part",
      "server/worker/run-job.ts",
      'import type { A } from "../storage/testing/r2-simulator";',
    ],
    ["a multi-line import", "server/backups/list.ts", 'import {\n  a,\n  b,\n} from "../database/inspect";'],
    ["the environment", "server/backups/create.ts", "export const a = () => process.env.PORT;"],
    ["the environment in a page", "app/page.tsx", "export const a = () => process.env.R2_BUCKET_NAME;"],
    ["an act at load", "server/backups/create.ts", 'process.on("exit", () => {});'],
    ["waiting at load", "server/control/migrate.ts", "await migrate();"],
    ["state in the module", "server/api/session.ts", "let last = null;"],
    ["a file outside every room", "server/utils.ts", "export const a = 1;"],
    [
      "a browser test with the server's inside",
      "e2e/backup.spec.ts",
      'import { openLiveDatabase } from "../server/database/live-database";',
    ],
  ])("refuse %s", (_, file, source) => {
    expect(breach(file, source)).not.toBe("");
  });

  it.each([
    ["a page with the API's types", "app/(app)/page.tsx", 'import type { AppRouter } from "@/server/api/root";'],
    ["a door with the API", "app/api/trpc/[trpc]/route.ts", 'import { appRouter } from "@/server/api/root";'],
    ["a door with the handle", "app/_trpc/server.tsx", 'import { getNestegg } from "@/server/runtime-handle";'],
    ["backups with an interface", "server/backups/create.ts", 'import type { LiveDatabase } from "../database/types";'],
    ["r2 with the SDK", "server/storage/r2-client.ts", 'import { S3Client } from "@aws-sdk/client-s3";'],
    ["a test with everything", "server/backups/create.test.ts", 'import { openStore } from "../storage/open-store";'],
    ["entries that act", "server/main.ts", 'await start(process.env);\nprocess.on("SIGTERM", stop);'],
    [
      "a mention in a comment",
      "server/backups/create.ts",
      '// import { a } from "@duckdb/node-api"; process.env\n/*\nawait x;\n*/',
    ],
    [
      "a mention in a text",
      "server/backups/create.ts",
      'export const a = `\nimport { a } from "@duckdb/node-api";\nawait x\n`;',
    ],
    ["the build's mode", "app/page.tsx", 'export const a = process.env.NODE_ENV === "production";'],
    ["a constant that looks like a re-export", "server/backups/create.ts", 'export const a = "@duckdb/node-api";'],
  ])("let %s be", (_, file, source) => {
    expect(breach(file, source)).toBe("");
  });

  it("say where to go instead", () => {
    expect(breach("server/backups/create.ts", '\nimport { openStore } from "../storage/open-store";')).toBe(
      "server/backups/create.ts:2 imports server/storage/open-store.ts as a value: backups does not use storage; " +
        "take the part from the context; only its interface is imported (import type)",
    );
  });

  it("are not misled by slashes, quotes and braces in patterns and templates", () => {
    const tricky = [
      "const quote = /[\"'`/]/g;",
      "const nested = `a \x24{[`b \x24{1} }`].join(`,`)} c`;",
      'const slash = 4 / 2; const path = "/*";',
      'import { a } from "../storage/open-store";',
    ].join("\n");
    expect(breach("server/backups/create.ts", tricky)).toContain("create.ts:4 imports server/storage/open-store.ts");
  });
});
