import { type Alerts, createAlerts } from "../alerts/alerts";
import type { Clock } from "../clock";
import type { Settings } from "../config";
import type { Control } from "../control/open-control";

export function openAlerts(wired: {
  settings: Settings;
  clock: Clock;
  control: Control;
  host: string;
  version: string;
  authSecret: string;
}): Promise<Alerts> {
  const { settings, clock, control, host, version, authSecret } = wired;
  return createAlerts({
    records: control.alerts,
    clock,
    speaker: { databaseName: settings.databaseName, host, publicUrl: settings.publicUrl, version },
    authSecret,
    audit: (entry) => control.audit.record(entry),
    changed: () => control.operations.announce("status"),
  });
}
