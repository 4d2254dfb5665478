"use client";

import Link from "next/link";
import { Disc } from "@/components/badge";
import { Card } from "@/components/card";
import type { Status } from "../_shell/use-status";

const TONES = { pass: "ok", warn: "warn", fail: "bad" } as const;
const WORDS = { pass: "Passed", warn: "Needs a look", fail: "Failed" } as const;

export function SafetyChecks({ status }: { status: Status }) {
  return (
    <Card title="Safety checks" padded={false}>
      {status.checks.length === 0 ? (
        <p className="px-4 pt-2 pb-5 text-ink-2 sm:px-[22px]">The checks begin with your first backup.</p>
      ) : (
        <ul className="mt-2 pb-2">
          {status.checks.map(({ code, state, title, text, href }) => (
            <li
              key={code}
              data-check={code}
              data-status={state}
              className="grid grid-cols-[28px_minmax(0,1fr)] items-center gap-2.5 border-line px-4 py-2.5 not-first:border-t sm:px-[22px]"
            >
              <Disc tone={TONES[state]} />
              <div className="min-w-0">
                <span className="sr-only">{WORDS[state]}: </span>
                {href ? (
                  <Link href={href} className="font-semibold hover:underline">
                    {title}
                  </Link>
                ) : (
                  <span className="font-semibold">{title}</span>
                )}
                <div className="text-sm text-ink-2 [overflow-wrap:anywhere]">{text}</div>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
