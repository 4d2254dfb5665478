import { expect, test } from "vitest";
import { ada, openTestControl } from "./testing/test-control";

test("rows say who, what, when and from where, newest first, and page by the row before", async () => {
  const { control, clock } = await openTestControl();
  for (const target of ["a", "b", "c"]) {
    await control.audit.record({ caller: ada, action: "backup.lock", target, detail: { locked: true } });
    await clock.advance(1_000);
  }
  const page = await control.audit.list({ limit: 2 });
  expect(page.map(({ target }) => target)).toEqual(["c", "b"]);
  expect(page[0]).toEqual({
    id: 3,
    at: "2024-12-30T15:30:02.000Z",
    actor: "Ada",
    actorKind: "user",
    address: "10.0.0.7",
    action: "backup.lock",
    target: "c",
    detail: { locked: true },
  });
  const rest = await control.audit.list({ limit: 2, before: page[1]?.id });
  expect(rest.map(({ target }) => target)).toEqual(["a"]);
});

test("secrets do not get into a row", async () => {
  const { control } = await openTestControl();
  const secret = `nest_${"a".repeat(43)}`;
  const detail = {
    password: "hunter2hunter2",
    R2_SECRET_ACCESS_KEY: "k",
    note: `use ${secret} here`,
    scopes: "sql:read",
  };
  await control.audit.record({ caller: ada, action: "settings.change", target: null, detail });
  expect((await control.audit.list({ limit: 1 }))[0]?.detail).toEqual({
    password: "[secret]",
    R2_SECRET_ACCESS_KEY: "[secret]",
    note: "use [secret] here",
    scopes: "sql:read",
  });
});
