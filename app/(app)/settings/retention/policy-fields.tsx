"use client";

import { useId, useState } from "react";
import { TYPE_WORDS } from "@/components/backup-words";
import { SelectField, TextField } from "@/components/field";
import { Icon } from "@/components/icon";
import type { BackupType } from "@/server/nestegg";
import { KEEPS, RuleFields } from "./rule-fields";
import { type Keep, type PolicyForm, TYPES } from "./rule-form";

interface PolicyFieldsProps {
  form: PolicyForm;
  readOnly: boolean;
  onChange(form: PolicyForm): void;
}

export function PolicyFields({ form, readOnly, onChange }: PolicyFieldsProps) {
  const name = useId();
  return (
    <>
      <fieldset disabled={readOnly}>
        <legend className="mb-1 text-sm font-semibold">Keep backups</legend>
        <div className="grid gap-1 sm:grid-cols-3">
          {KEEPS.map(({ keep, label, hint }) => (
            <label key={keep} className="touch-target flex items-start gap-2.5 py-1">
              <input
                type="radio"
                name={name}
                checked={form.all.keep === keep}
                onChange={() => onChange({ ...form, all: { ...form.all, keep } })}
                className="mt-0.5 size-[18px] shrink-0 accent-accent"
              />
              <span>
                {label}
                <span className="block text-sm text-ink-3">{hint}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <RuleFields form={form.all} readOnly={readOnly} onChange={(all) => onChange({ ...form, all })} />
      <div className="max-w-80">
        <TextField
          label="Time zone"
          value={form.timeZone}
          readOnly={readOnly}
          autoComplete="off"
          hint="Whose hours, days, weeks and months the generations count, such as Europe/Berlin."
          error={form.timeZone.trim() === "" ? "Name a time zone, such as UTC." : null}
          onChange={(event) => onChange({ ...form, timeZone: event.target.value })}
        />
      </div>
      <TypeRules form={form} readOnly={readOnly} onChange={onChange} />
    </>
  );
}

/** One level down: most need no more than one rule for all. */
function TypeRules({ form, readOnly, onChange }: PolicyFieldsProps) {
  const own = TYPES.filter((type) => form.types[type]).length;
  const change = (type: BackupType, keep: Keep | "") => {
    const rule = keep === "" ? null : { ...(form.types[type] ?? form.all), keep };
    onChange({ ...form, types: { ...form.types, [type]: rule } });
  };
  // Once open it stays so: taking the last rule back must not shut it under the hand.
  const [open, setOpen] = useState(own > 0);
  return (
    <details
      className="rounded-control border border-line px-3 py-2"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="touch-target flex cursor-pointer items-center gap-2 font-semibold">
        <Icon name={open ? "chevron-down" : "chevron-right"} size={14} />
        Types with a rule of their own{own > 0 ? ` (${own})` : ""}
      </summary>
      <div className="grid gap-4 pt-3 pb-2">
        {TYPES.map((type) => {
          const rule = form.types[type];
          return (
            <div key={type} className="grid gap-3">
              <div className="max-w-80">
                <SelectField
                  label={`${TYPE_WORDS[type]} backups`}
                  value={rule?.keep ?? ""}
                  disabled={readOnly}
                  onChange={(event) => change(type, event.target.value as Keep | "")}
                >
                  <option value="">As all others</option>
                  {KEEPS.map(({ keep, label }) => (
                    <option key={keep} value={keep}>
                      {label}
                    </option>
                  ))}
                </SelectField>
              </div>
              {rule ? (
                <RuleFields
                  form={rule}
                  of={TYPE_WORDS[type]}
                  readOnly={readOnly}
                  onChange={(next) => onChange({ ...form, types: { ...form.types, [type]: next } })}
                />
              ) : null}
            </div>
          );
        })}
      </div>
    </details>
  );
}
