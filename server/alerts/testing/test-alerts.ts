import type { HandClock } from "../../control/testing/hand-clock";
import { openTestControl } from "../../control/testing/test-control";
import type { AlertChannelInput, AlertNotice } from "../../nestegg-operate";
import { type Alerts, createAlerts } from "../alerts";

export const SECRET = "a secret of the webhook, long enough";

export interface TestAlerts {
  alerts: Alerts;
  clock: HandClock;
  /** Everything that was logged. */
  logged: string[];
  /** Where the control database lies. */
  path: string;
  /** Moves the clock, then does what the chores do. */
  later(ms: number): Promise<void>;
  /** As the next process: a new instance on the same control database. */
  restart(authSecret?: string): Promise<Alerts>;
  audited(): Promise<{ action: string; detail: unknown }[]>;
}

/** `timeoutMs` is real time: long, so that a busy machine is not taken for a silent one, but where silence is the matter. */
export async function openTestAlerts({ timeoutMs = 20_000 } = {}): Promise<TestAlerts> {
  const opened = await openTestControl();
  const { clock, logged, path } = opened;
  let { control } = opened;
  const open = (authSecret = "0".repeat(64)) =>
    createAlerts({
      records: control.alerts,
      clock,
      speaker: { databaseName: "hesocial", host: "egg-1", publicUrl: "https://eggs.example", version: "1.2.3" },
      authSecret,
      audit: (entry) => control.audit.record(entry),
      changed: () => undefined,
      timeoutMs,
    });
  const test: TestAlerts = {
    alerts: await open(),
    clock,
    logged,
    path,
    async later(ms) {
      await clock.advance(ms);
      await test.alerts.tick();
    },
    async restart(authSecret) {
      control = await opened.reopen();
      test.alerts = await open(authSecret);
      return test.alerts;
    },
    audited: () => control.audit.list({ limit: 50 }),
  };
  return test;
}

export function webhook(url: string, facts: Partial<AlertChannelInput> = {}): AlertChannelInput {
  const events: AlertChannelInput["events"] = ["backup-failed", "storage-unreachable", "restore-done"];
  return { name: "ops", enabled: true, events, settings: { kind: "webhook", url, secret: SECRET }, ...facts };
}

export function notice(kind: AlertNotice["kind"], facts: Partial<AlertNotice> = {}): AlertNotice {
  const titles = { trouble: "Backup failed", recovered: "Backups work again", happened: "Restore done" };
  const event = kind === "happened" ? "restore-done" : "backup-failed";
  return {
    event,
    key: "backup",
    kind,
    title: titles[kind],
    text: "R2 answered 403.",
    hint: "Look at the token.",
    ...facts,
  };
}
