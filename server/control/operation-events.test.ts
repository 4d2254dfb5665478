import { expect, test } from "vitest";
import { createOperationEvents } from "./operation-events";
import { ada, openTestControl } from "./testing/test-control";
import type { NewOperation, OperationEvent, OperationView } from "./types";

const input: NewOperation = { kind: "backup", title: "Backup, manual", caller: ada, steps: ["Upload"] };

type Event = OperationEvent & { sequence: number };

/** Reads into a list until the signal ends it. */
function follow(events: AsyncIterable<Event>): { seen: Event[]; ended: Promise<void> } {
  const seen: Event[] = [];
  const read = async () => {
    for await (const event of events) seen.push(event);
  };
  return { seen, ended: read() };
}

const says = (event: Event) => (event.type === "list" ? event.list : event.operation.state);
const isGrowing = (seen: Event[]) =>
  seen.every(({ sequence }, n) => n === 0 || sequence > (seen[n - 1]?.sequence ?? 0));
const bytes = (event: Event) => (event.type === "operation" ? event.operation.steps[0]?.doneBytes : undefined);

function viewOf(id: string, revision: number): OperationView {
  return {
    ...{
      id,
      kind: "backup",
      title: "",
      state: "running",
      backupId: null,
      createdAt: "",
      startedAt: null,
      noReturn: false,
      revision,
    },
    ...{ actor: { kind: "system", id: "system", name: "s" }, finishedAt: null, summary: null, error: null },
    ...{ steps: [], detail: {} },
  } as OperationView;
}

test("a listener gets the whole state of active operations first, then every change, numbered upwards", async () => {
  const { control } = await openTestControl();
  const first = await control.operations.open(input);
  const second = await control.operations.open(input);
  const stop = new AbortController();
  const { seen, ended } = follow(control.operations.events(stop.signal));
  await control.operations.run(first.id, async (operation) => {
    await operation.step("Upload");
    await operation.stepDone();
    return { summary: "Stored." };
  });
  control.operations.announce("tokens");
  await new Promise(setImmediate);
  stop.abort();
  await ended;
  expect(seen.slice(0, 2)).toMatchObject([{ operation: first }, { operation: second }]);
  expect(seen.map(says)).toEqual(["queued", "queued", "running", "running", "running", "ok", "tokens"]);
  expect(isGrowing(seen)).toBe(true);
});

test("a listener hears what happens between its call and its first read", async () => {
  const { control } = await openTestControl();
  const stop = new AbortController();
  const events = control.operations.events(stop.signal);
  await control.operations.open(input);
  const { seen, ended } = follow(events);
  await new Promise(setImmediate);
  stop.abort();
  await ended;
  expect(seen.map(says)).toEqual(["queued"]);
});

test("progress is told four times a second at most, and the last of it always", async () => {
  const { control, clock } = await openTestControl();
  const stop = new AbortController();
  const { seen, ended } = follow(control.operations.events(stop.signal));
  const { id } = await control.operations.open(input);
  await control.operations.run(id, async (operation) => {
    await operation.step("Upload");
    seen.length = 0;
    for (let n = 1; n <= 100; n++) {
      operation.progress(n, 100);
      await clock.advance(10);
    }
    await clock.advance(250);
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(seen.length).toBeLessThanOrEqual(5);
    expect(seen.map(bytes).at(-1)).toBe(100);
    operation.progress(101, 100);
    operation.progress(102, 100);
    return { summary: "Stored." };
  });
  await clock.advance(1_000);
  stop.abort();
  await ended;
  expect(seen.map(says).at(-1)).toBe("ok");
  expect(bytes(seen.at(-1) as Event)).toBe(102);
  const revisions = seen.map((event) => (event.type === "operation" ? event.operation.revision : 0));
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
});

test("a listener that sleeps through a thousand bytes of news keeps its steps and its end", async () => {
  const { control, clock } = await openTestControl();
  const stop = new AbortController();
  const events = control.operations.events(stop.signal);
  const { id } = await control.operations.open(input);
  await control.operations.run(id, async (operation) => {
    await operation.step("Upload");
    for (let n = 1; n <= 1_000; n++) {
      operation.progress(n, 1_000);
      if (n % 100 === 0) await clock.advance(300);
    }
    await operation.stepDone();
    return { summary: "Stored." };
  });
  const { seen, ended } = follow(events);
  await new Promise(setImmediate);
  stop.abort();
  await ended;
  expect(seen.map(says)).toEqual(["queued", "running", "running", "running", "ok"]);
  expect(isGrowing(seen)).toBe(true);
});

test("a listener that never reads holds no more than a bounded list, with the newest state of each operation", async () => {
  const hub = createOperationEvents();
  const stop = new AbortController();
  const events = hub.listen(stop.signal, []);
  for (let revision = 1; revision <= 20_000; revision++) {
    hub.publish({ type: "operation", operation: viewOf(`op ${revision % 3}`, revision) });
  }
  const { seen, ended } = follow(events);
  await new Promise(setImmediate);
  stop.abort();
  await ended;
  expect(seen.length).toBeLessThanOrEqual(256);
  const last = seen.slice(-3).map((event) => event.type === "operation" && event.operation.revision);
  expect(last).toEqual([19_998, 19_999, 20_000]);
  expect(isGrowing(seen)).toBe(true);
});

test("a listener thousands of operations behind is told to read the lists anew", async () => {
  const hub = createOperationEvents();
  const stop = new AbortController();
  const events = hub.listen(stop.signal, []);
  for (let n = 1; n <= 3_000; n++) hub.publish({ type: "operation", operation: viewOf(`op ${n}`, 1) });
  const { seen, ended } = follow(events);
  await new Promise(setImmediate);
  stop.abort();
  await ended;
  expect(seen.length).toBeLessThanOrEqual(1_024 + 3);
  expect(seen.slice(0, 3).map(says)).toEqual(["status", "backups", "tokens"]);
  expect(seen.at(-1)).toMatchObject({ operation: { id: "op 3000" } });
  expect(isGrowing(seen)).toBe(true);
});

test("it ends when the signal aborts, when the reader leaves, and at once when it was aborted before", async () => {
  const { control } = await openTestControl();
  const stop = new AbortController();
  const { ended } = follow(control.operations.events(stop.signal));
  stop.abort();
  await ended;
  expect(await follow(control.operations.events(stop.signal)).ended).toBeUndefined();

  await control.operations.open(input);
  for await (const event of control.operations.events(new AbortController().signal)) {
    expect(says(event)).toBe("queued");
    break;
  }
});

test("closing the control room ends its listeners", async () => {
  const { control } = await openTestControl();
  const { ended } = follow(control.operations.events(new AbortController().signal));
  await control.close();
  await ended;
});
