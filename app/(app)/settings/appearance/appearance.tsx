"use client";

import { RadioGroup } from "radix-ui";
import { type ReactNode, useId, useState } from "react";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { Checkbox } from "@/components/field";
import { DENSITY_COOKIE, type Density, type Theme, writePreference } from "@/components/preferences";
import { useMoment } from "@/components/time";
import { useShortcuts } from "../../_shell/shortcuts";
import { useTheme } from "../../_shell/theme";

/** Kept in this browser, at once: nothing here needs a Save. */
export function Appearance({ density: initial }: { density: Density }) {
  const { chosen, choose } = useTheme();
  const { lettersOn, setLettersOn, openKeyHelp } = useShortcuts();
  const { zone } = useMoment();
  const [density, setDensity] = useState(initial);
  const apply = (next: Density) => {
    setDensity(next);
    writePreference(DENSITY_COOKIE, next);
    const root = document.documentElement;
    if (next === "compact") root.setAttribute("data-density", next);
    else root.removeAttribute("data-density");
  };
  return (
    <Card title="Appearance" sub="For this browser only.">
      <div className="grid gap-6 pt-2">
        <Choice<Theme>
          label="Theme"
          value={chosen}
          onChange={choose}
          options={[
            ["system", "System"],
            ["light", "Light"],
            ["dark", "Dark"],
          ]}
        />
        <Choice<Density>
          label="Density"
          value={density}
          onChange={apply}
          options={[
            ["comfortable", "Comfortable"],
            ["compact", "Compact"],
          ]}
        />
        <div className="grid gap-1">
          <h3 className="text-sm font-semibold">Keyboard</h3>
          <Checkbox
            label="Single-letter shortcuts, such as B for Backup now"
            checked={lettersOn}
            onChange={(event) => setLettersOn(event.target.checked)}
          />
          <div>
            <Button size="sm" icon="keyboard" onClick={openKeyHelp}>
              Keyboard shortcuts
            </Button>
          </div>
        </div>
        <p className="text-sm text-ink-3">Times are shown in this browser’s time zone, {zone.replaceAll("_", " ")}.</p>
      </div>
    </Card>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  onChange(value: Value): void;
  options: [Value, ReactNode][];
}

function Choice<Value extends string>({ label, value, onChange, options }: ChoiceProps<Value>) {
  const id = useId();
  return (
    <div className="grid justify-items-start gap-1.5">
      <h3 id={id} className="text-sm font-semibold">
        {label}
      </h3>
      <RadioGroup.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => {
          const option = options.find(([known]) => known === next);
          if (option) onChange(option[0]);
        }}
        className="flex flex-wrap gap-1 rounded-[10px] border border-line bg-sunken p-1"
      >
        {options.map(([option, name]) => (
          <RadioGroup.Item
            key={option}
            value={option}
            className="touch-target h-9 rounded-control border border-transparent px-4 font-semibold text-ink-2 data-[state=checked]:border-edge data-[state=checked]:bg-surface data-[state=checked]:text-ink"
          >
            {name}
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
    </div>
  );
}
