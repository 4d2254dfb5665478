import { type R2Simulator, startR2Simulator } from "../../server/storage/testing/r2-simulator";
import { ADMIN, storeEnvironment } from "../harness/environment";
import { type ServerOptions, startServer, type TestServer } from "../harness/server";
import { type StoreGate, startStoreGate } from "../harness/store-gate";
import { test as base } from "../harness/test";
import { enter } from "./enter";

export { expect } from "../harness/test";

/** What all tests of one file use: starting it costs seconds. */
interface World {
  server: TestServer;
  simulator: R2Simulator | null;
  gate: StoreGate | null;
}

interface Keeper {
  /** The one of that key; another key's is ended first. */
  worldOf(key: string, make: () => Promise<World>): Promise<World>;
}

interface Fixtures {
  world: World;
  /** Stands before the simulator; null on local storage. */
  gate: StoreGate | null;
}

/**
 * One server for all tests of a file, which run one after another; each has a browser of its own. A file says
 * `test.describe.configure({ mode: "default" })`, else Playwright spreads its tests over workers.
 */
export const test = base.extend<Fixtures, { keeper: Keeper }>({
  keeper: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from the pattern.
    async ({}, use) => {
      let kept: { key: string; world: World } | null = null;
      const drop = async () => {
        const world = kept?.world;
        kept = null;
        await world?.server.dispose();
        await world?.gate?.stop();
        await world?.simulator?.stop();
      };
      await use({
        async worldOf(key, make) {
          if (kept?.key !== key) {
            await drop();
            kept = { key, world: await make() };
          }
          return kept.world;
        },
      });
      await drop();
    },
    { scope: "worker" },
  ],

  world: async ({ keeper, serverOptions, storage }, use, testInfo) => {
    const world = await keeper.worldOf(`${storage} ${testInfo.file}`, () => createWorld(storage, serverOptions));
    await use(world);
    if (testInfo.status === testInfo.expectedStatus) return;
    await testInfo.attach("server.log", { body: world.server.logs(), contentType: "text/plain" });
    console.log(world.server.logs().slice(-6_000));
  },

  server: async ({ world }, use) => use(world.server),
  simulator: async ({ world }, use) => use(world.simulator),
  gate: async ({ world }, use) => use(world.gate),

  adminPage: async ({ page, server }, use) => {
    await enter(page, server, ADMIN);
    await use(page);
  },
});

async function createWorld(storage: "local" | "r2", options: ServerOptions): Promise<World> {
  if (storage === "local") return { server: await startServer(options), simulator: null, gate: null };
  const simulator = await startR2Simulator();
  const gate = await startStoreGate(simulator.settings);
  const env = { ...storeEnvironment(gate.settings), ...options.env };
  return { server: await startServer({ ...options, env }), simulator, gate };
}
