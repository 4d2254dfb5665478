"use client";

import { useId, useState } from "react";
import { Checkbox, SelectField, TextField } from "@/components/field";
import type { ScheduleView } from "./schedule";
import { onTheClock, type ScheduleErrors } from "./schedule-faults";

type Settings = ScheduleView["settings"];

const PRESETS: [Settings["preset"], string][] = [
  ["hourly", "Every hour"],
  ["every-6-hours", "Every 6 hours"],
  ["daily", "Every day"],
  ["weekly", "Every week"],
  ["cron", "By a cron line"],
];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

interface ScheduleFieldsProps {
  settings: Settings;
  errors: ScheduleErrors;
  onChange(part: Partial<Settings>): void;
}

export function ScheduleFields({ settings, errors, onChange }: ScheduleFieldsProps) {
  const { preset } = settings;
  const choose = (value: string) => {
    const found = PRESETS.find(([known]) => known === value);
    if (found) onChange({ preset: found[0] });
  };
  return (
    <>
      <Checkbox
        label="Take backups by this schedule"
        checked={settings.enabled}
        onChange={(event) => onChange({ enabled: event.target.checked })}
      />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <SelectField
          label="How often"
          value={preset}
          hint={
            preset === "hourly" || preset === "every-6-hours" ? "Counted from the first start of this server." : null
          }
          onChange={(event) => choose(event.target.value)}
        >
          {PRESETS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {preset === "weekly" ? (
          <SelectField
            label="On"
            value={settings.weekday}
            onChange={(event) => onChange({ weekday: Number(event.target.value) })}
          >
            {WEEKDAYS.map((name, weekday) => (
              <option key={name} value={weekday}>
                {name}
              </option>
            ))}
          </SelectField>
        ) : null}
        {onTheClock(preset) ? (
          <TextField
            label="At"
            type="time"
            required
            value={settings.time}
            error={errors.time}
            onChange={(event) => onChange({ time: event.target.value })}
          />
        ) : null}
        {preset === "cron" ? (
          <TextField
            label="Cron line"
            className="font-mono"
            value={settings.cron}
            error={errors.cron}
            hint="Minute, hour, day, month, weekday."
            spellCheck={false}
            autoComplete="off"
            maxLength={200}
            onChange={(event) => onChange({ cron: event.target.value })}
          />
        ) : null}
        {onTheClock(preset) || preset === "cron" ? (
          <ZoneField
            value={settings.timeZone}
            error={errors.timeZone}
            onChange={(timeZone) => onChange({ timeZone })}
          />
        ) : null}
        <TextField
          label="Begin up to so many minutes later"
          type="number"
          min={0}
          max={60}
          value={Number.isNaN(settings.jitterMinutes) ? "" : settings.jitterMinutes}
          error={errors.jitterMinutes}
          hint="Another delay each time, so that many servers do not meet at the full hour."
          onChange={(event) => onChange({ jitterMinutes: event.target.valueAsNumber })}
        />
      </div>
      <Checkbox
        className="items-start! py-1"
        label={
          <>
            Only if something has changed
            <span className="block text-sm text-ink-3">
              An unchanged database is recorded as “nothing has changed since …” and stores nothing, while its newest
              backup is younger than 30 days.
            </span>
          </>
        }
        checked={settings.onlyIfChanged}
        onChange={(event) => onChange({ onlyIfChanged: event.target.checked })}
      />
    </>
  );
}

interface ZoneFieldProps {
  value: string;
  error?: string;
  onChange(timeZone: string): void;
}

function ZoneField({ value, error, onChange }: ZoneFieldProps) {
  const listId = useId();
  // The browser's list may be another than the server's: it is drawn only when somebody looks for a name.
  const [zones, setZones] = useState<string[]>([]);
  return (
    <>
      <TextField
        label="Time zone"
        value={value}
        error={error}
        hint="Whose wall clock counts, such as Europe/Berlin or UTC."
        list={listId}
        spellCheck={false}
        autoComplete="off"
        maxLength={100}
        onFocus={() => setZones(["UTC", ...Intl.supportedValuesOf("timeZone")])}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={listId}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
