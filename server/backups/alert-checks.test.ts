import { expect, test } from "vitest";
import { alertChecks } from "./alert-checks";

test("alerts are ticked off only when the last message to each channel arrived", () => {
  const checked = (unproven: { name: string; answer: string | null }[]) =>
    alertChecks({ channels: 1, dead: [], unproven })[0];
  expect(checked([])).toMatchObject({ state: "pass", text: "The last messages arrived" });
  expect(checked([{ name: "ops", answer: null }])).toMatchObject({ state: "warn", text: "Send a test to ops" });
  expect(checked([{ name: "ops", answer: "Slack answered 404" }])).toMatchObject({
    state: "warn",
    title: "The last alert did not arrive",
    text: "ops: Slack answered 404",
  });
});
