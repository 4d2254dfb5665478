"use client";

import { type ComponentProps, useState } from "react";
import { TextField } from "@/components/field";

type PasswordFieldProps = Omit<ComponentProps<typeof TextField>, "type">;

/** Can be shown, so that a long password is typed right the first time. */
export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <TextField
        {...props}
        type={shown ? "text" : "password"}
        autoCapitalize="off"
        spellCheck={false}
        className="pr-16"
      />
      <button
        type="button"
        aria-pressed={shown}
        aria-label="Show password"
        onClick={() => setShown(!shown)}
        className="absolute top-0 right-0 min-h-6 px-1 text-sm font-semibold text-accent hover:text-accent-hover"
      >
        {shown ? "Hide" : "Show"}
      </button>
    </div>
  );
}
