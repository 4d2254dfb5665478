"use client";

import { TextField } from "@/components/field";
import { COUNTS, type Count, faultOf, type Keep, type RuleForm } from "./rule-form";

export const KEEPS: { keep: Keep; label: string; hint: string }[] = [
  { keep: "days", label: "For a number of days", hint: "What is older goes." },
  { keep: "generations", label: "In generations", hint: "The newest of each hour, day, week, month and year." },
  { keep: "forever", label: "For ever", hint: "Nothing goes by itself." },
];

const NAMES: Record<Count, { name: string; unit: string }> = {
  last: { name: "Last", unit: "newest ones, whatever their age" },
  hourly: { name: "Hourly", unit: "hours" },
  daily: { name: "Daily", unit: "days" },
  weekly: { name: "Weekly", unit: "weeks" },
  monthly: { name: "Monthly", unit: "months" },
  yearly: { name: "Yearly", unit: "years" },
};

interface RuleFieldsProps {
  form: RuleForm;
  /** In front of each field's name, where several rules stand on one page: "Manual". */
  of?: string;
  readOnly: boolean;
  onChange(form: RuleForm): void;
}

/** The numbers of the chosen form. */
export function RuleFields({ form, of, readOnly, onChange }: RuleFieldsProps) {
  if (form.keep === "forever") return null;
  const named = (name: string) => (of ? `${of} ${name.toLowerCase()}` : name);
  if (form.keep === "days") {
    return (
      <div className="max-w-40">
        <NumberField
          label={named("Days")}
          value={form.days}
          min={1}
          error={faultOf(form, "days")}
          readOnly={readOnly}
          onChange={(days) => onChange({ ...form, days })}
        />
      </div>
    );
  }
  return (
    <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
      {COUNTS.map((count) => (
        <NumberField
          key={count}
          label={named(NAMES[count].name)}
          hint={NAMES[count].unit}
          value={form[count]}
          min={0}
          error={faultOf(form, count)}
          readOnly={readOnly}
          onChange={(text) => onChange({ ...form, [count]: text })}
        />
      ))}
    </div>
  );
}

interface NumberFieldProps {
  label: string;
  hint?: string;
  value: string;
  min: number;
  error: string | null;
  readOnly: boolean;
  onChange(text: string): void;
}

function NumberField({ onChange, ...rest }: NumberFieldProps) {
  return (
    <TextField
      {...rest}
      type="number"
      inputMode="numeric"
      step={1}
      className="tabular-nums"
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
