import { type FaultyProxy, startFaultyProxy } from "../../server/storage/testing/faulty-proxy";
import { startR2Simulator } from "../../server/storage/testing/r2-simulator";
import { storeEnvironment } from "../harness/environment";
import { startServer } from "../harness/server";
import { test as base, expect } from "../harness/test";

/** A server whose way to the store can be broken by a test. */
export const test = base.extend<{ wire: FaultyProxy }>({
  storage: "r2",
  simulator: async ({ storage }, use) => {
    expect(storage).toBe("r2");
    const simulator = await startR2Simulator();
    await use(simulator);
    await simulator.stop();
  },
  wire: async ({ simulator }, use) => {
    if (!simulator) throw new Error("These tests need the simulator.");
    const proxy = await startFaultyProxy({ target: simulator.settings });
    await use(proxy);
    await proxy.stop();
  },
  server: async ({ wire, serverOptions }, use) => {
    const env = { ...storeEnvironment(wire.settings), ...serverOptions.env };
    const server = await startServer({ ...serverOptions, env });
    await use(server);
    await server.dispose();
  },
});
