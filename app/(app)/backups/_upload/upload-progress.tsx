"use client";

import { useEffect, useState } from "react";
import { formatBytes, formatBytesOf } from "@/components/bytes";
import { type RateSample, rateOf, withSample } from "@/components/operation-rate";
import { Progress } from "@/components/progress";
import { formatDuration } from "@/components/time-format";
import type { UploadPhase } from "./use-upload";

interface UploadProgressProps {
  fileName: string;
  bytes: number;
  sentBytes: number;
  phase: UploadPhase;
}

const WORDS: Record<UploadPhase, string> = {
  choosing: "",
  sending: "Uploading",
  paused: "Paused",
  finishing: "All parts are there",
};

export function UploadProgress({ fileName, bytes, sentBytes, phase }: UploadProgressProps) {
  const [samples, setSamples] = useState<RateSample[]>([]);
  useEffect(() => {
    const sample = { at: performance.now(), bytes: sentBytes };
    // What stood still in between would make the rate look slow.
    setSamples((before) => (phase === "sending" ? withSample(before, sample) : []));
  }, [sentBytes, phase]);
  const rate = phase === "sending" ? rateOf(samples) : null;
  const share = bytes > 0 ? sentBytes / bytes : 0;
  const percent = Math.floor(share * 100);
  return (
    <div data-status={phase} className="grid gap-2">
      <p className="font-medium [overflow-wrap:anywhere]">{fileName}</p>
      <Progress label="Upload progress" value={share} valueText={`${WORDS[phase]}, ${percent} percent`} />
      <p className="text-sm text-ink-2 tabular-nums">
        <span role="status">{WORDS[phase]}</span>, {formatBytesOf(sentBytes, bytes)}
        {rate
          ? `, ${formatBytes(rate)}/s, about ${formatDuration(Math.max(1000, ((bytes - sentBytes) / rate) * 1000))} left`
          : ""}
      </p>
    </div>
  );
}
