import { defineConfig } from "@playwright/test";
import { findBrowser, thisMachine } from "./scripts/find-browser.mjs";

const executablePath = await findBrowser(thisMachine());
if (!executablePath) throw new Error("No Chromium here. `npm run test:e2e` gets one, or says how.");

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  // Each test has a server and a Chromium of its own; two cores carry two of them.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  // Generous, for a machine that does other things meanwhile: what passes waits for neither.
  timeout: 300_000,
  expect: { timeout: 90_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: "list",
  use: {
    browserName: "chromium",
    // Chromium refuses its sandbox to root, and only to root.
    launchOptions: { executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    // A trace costs a third more processor time on every test that passes; `--trace on` when one is wanted.
    trace: "off",
  },
});
