import { test as base, expect, type Page } from "@playwright/test";
import { type R2Simulator, startR2Simulator } from "../../server/storage/testing/r2-simulator";
import { storeEnvironment } from "./environment";
import { type ServerOptions, startServer, type TestServer } from "./server";
import { signIn } from "./sign-in";

export { expect };

interface Fixtures {
  /** `test.use({ serverOptions: { env: … } })`. */
  serverOptions: ServerOptions;
  /** `test.use({ storage: "r2" })` puts the R2 simulator behind the server. */
  storage: "local" | "r2";
  simulator: R2Simulator | null;
  /** This test's own, ready. */
  server: TestServer;
  /** A page on which the admin is signed in, on Overview. */
  adminPage: Page;
}

/** Every test has its own server, port and folder; what a page complains about in its console fails the test. */
export const test = base.extend<Fixtures>({
  serverOptions: [{}, { option: true }],
  storage: ["local", { option: true }],

  simulator: async ({ storage }, use) => {
    if (storage === "local") return use(null);
    const simulator = await startR2Simulator();
    await use(simulator);
    await simulator.stop();
  },

  server: async ({ serverOptions, simulator }, use, testInfo) => {
    const store = simulator ? storeEnvironment(simulator.settings) : {};
    const server = await startServer({ ...serverOptions, env: { ...store, ...serverOptions.env } });
    await use(server);
    await server.dispose();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("server.log", { body: server.logs(), contentType: "text/plain" });
      console.log(server.logs());
    }
  },

  baseURL: async ({ server }, use) => use(server.url),

  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (/content.security.policy|hydrat/i.test(message.text())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
    await use(page);
    expect(complaints, "the page's console").toEqual([]);
  },

  adminPage: async ({ page }, use) => {
    await signIn(page);
    await use(page);
  },
});
