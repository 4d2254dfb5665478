import { defineConfig } from "vitest/config";

const root = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

export default defineConfig({
  test: {
    include: ["server/**/*.test.ts", "scripts/**/*.test.ts", "components/**/*.test.tsx", "app/**/*.test.ts"],
    pool: "forks",
    // No room keeps state in its modules, so files of one process may share them: loading them anew took a fifth of the run.
    isolate: false,
    // Real databases, real child processes and a bucket simulator on two cores: more files at once only wait for each other.
    maxWorkers: 2,
    globalSetup: ["scripts/lib/bundle-test-programs.mjs"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
  resolve: {
    alias: [
      { find: /^@(?=\/)/, replacement: root },
      // Tests start hundreds of workers: see the file.
      { find: /^\.\/worker-entry$/, replacement: `${root}/server/testing/bundled-worker-entry.ts` },
    ],
  },
});
