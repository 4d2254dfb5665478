"use client";

import { useEffect, useState } from "react";
import { Button, type ButtonSize, type ButtonVariant } from "@/components/button";
import { copyText } from "@/components/copy-text";

const ANSWER_MS = 2_000;

interface CopyButtonProps {
  /** What goes to the clipboard. */
  text: string;
  /** Accessible name and, unless `iconOnly`, label: "Copy id". */
  label: string;
  iconOnly?: boolean;
  size?: ButtonSize;
  variant?: ButtonVariant;
}

export function CopyButton({ text, label, iconOnly = false, size = "sm", variant = "default" }: CopyButtonProps) {
  const [answer, setAnswer] = useState<"Copied" | "Not copied" | null>(null);
  useEffect(() => {
    if (!answer) return;
    const timer = setTimeout(() => setAnswer(null), ANSWER_MS);
    return () => clearTimeout(timer);
  }, [answer]);
  const copy = async () => setAnswer((await copyText(text)) ? "Copied" : "Not copied");
  const icon = answer === "Copied" ? "check" : answer ? "cross" : "copy";
  return (
    <>
      <Button
        size={size}
        variant={variant}
        icon={icon}
        iconOnly={iconOnly}
        aria-label={label}
        title={iconOnly ? label : undefined}
        onClick={copy}
      >
        {iconOnly ? null : (
          <span className="grid [&>*]:[grid-area:1/1]">
            <span className={answer ? "invisible" : ""}>{label}</span>
            <span className={answer ? "" : "invisible"} aria-hidden="true">
              {answer ?? "Copied"}
            </span>
          </span>
        )}
      </Button>
      <span role="status" className="sr-only">
        {answer ?? ""}
      </span>
    </>
  );
}
