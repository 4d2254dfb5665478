import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { ObjectStore } from "../object-store";
import { createR2Store } from "../r2-store";
import { type FaultyProxy, startFaultyProxy } from "./faulty-proxy";
import { createQuickClock } from "./quick-clock";
import { type R2Simulator, startR2Simulator } from "./r2-simulator";

/** Longer than a busy machine needs for a small answer; under six seconds, from where on the SDK looks only after three. */
const INACTIVITY_MS = 1500;

/** A store behind a proxy that misbehaves on demand. Each test has its own store, clock and place for its keys. */
export interface FaultyStore {
  proxy: FaultyProxy;
  store: ObjectStore;
  clock: ReturnType<typeof createQuickClock>;
  prefix: string;
  /** The same place through a store that waits for little. */
  impatient(): ObjectStore;
  /** How many requests of that kind this test has sent. */
  sent(verb: string): number;
}

export function faultyStoreOfTests(): FaultyStore {
  let simulator: R2Simulator;
  let tests = 0;
  const r2 = {
    impatient: () => createR2Store(r2.proxy.settings, { clock: r2.clock, inactivityMs: INACTIVITY_MS }),
    sent: (verb) => r2.proxy.requests.filter((request) => request.verb === verb).length,
  } as FaultyStore;
  beforeAll(async () => {
    simulator = await startR2Simulator();
    r2.proxy = await startFaultyProxy({ target: simulator.settings });
  });
  afterAll(async () => {
    await r2.proxy?.stop();
    await simulator?.stop();
  });
  beforeEach(() => {
    r2.clock = createQuickClock();
    r2.store = createR2Store(r2.proxy.settings, { clock: r2.clock, writeSpacingMs: 0 });
    r2.proxy.requests.length = 0;
    tests += 1;
    r2.prefix = `faulty-${tests}/`;
  });
  afterEach(() => r2.proxy.clear());
  return r2;
}
