"use client";

import { useState } from "react";
import { formatBytes, plural } from "@/components/bytes";
import { Card } from "@/components/card";
import { useMoment } from "@/components/time";
import { formatDay } from "@/components/time-format";
import type { Status } from "../_shell/use-status";
import { type SizeSeries, sizeSeries } from "./size-series";

export function SizeChart({ status }: { status: Status }) {
  const { now, zone } = useMoment();
  const [asTable, setAsTable] = useState(false);
  const series = sizeSeries(status.sizes, now, zone);
  if (!series) {
    return (
      <Card title="Size over time">
        <p className="grid min-h-[196px] place-items-center text-center text-ink-2">
          The size line starts with your first backup.
        </p>
      </Card>
    );
  }
  const sentence = growth(series);
  return (
    <Card
      title="Size over time"
      sub={sentence}
      aside={
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-2">
          <span className="inline-flex items-center gap-1.5">
            <span className="h-[3px] w-3.5 rounded-full bg-chart forced-colors:bg-[CanvasText]" />
            Database size
          </span>
          <span className="inline-flex items-center gap-1.5">
            <span className="h-2.5 w-2 rounded-xs bg-chart-2 forced-colors:bg-[Highlight]" />
            Sent per day
          </span>
          <button
            type="button"
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
            className="text-link touch-target"
          >
            Show as table
          </button>
        </div>
      }
    >
      {asTable ? (
        <SizeTable series={series} now={now} zone={zone} />
      ) : (
        <Drawing series={series} sentence={sentence} now={now} zone={zone} />
      )}
    </Card>
  );
}

function growth({ grownBytes, spanDays, days }: SizeSeries): string {
  const size = formatBytes(days.at(-1)?.bytes ?? 0);
  if (spanDays < 1) return `${size} now.`;
  const span = plural(spanDays, "day");
  if (grownBytes === 0) return `${size}, the same for ${span}.`;
  return `${grownBytes > 0 ? "Grew" : "Shrank"} ${formatBytes(Math.abs(grownBytes))} in ${span}, ${size} now.`;
}

function Drawing({ series, sentence, now, zone }: { series: SizeSeries; sentence: string; now: number; zone: string }) {
  const points = series.line.map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");
  const first = series.line[0]?.x ?? 0;
  return (
    <div className="relative mt-2 h-[196px] pr-14 text-xs text-ink-3">
      <svg
        role="img"
        aria-label={`Size over time. ${sentence}`}
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute top-2 left-0 h-[calc(100%-30px)] w-[calc(100%-62px)] overflow-visible"
      >
        {series.grid.map(({ y }) => (
          <line key={y} x1="0" x2="100" y1={y} y2={y} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
        ))}
        <polygon points={`${first.toFixed(2)},100 ${points} 100,100`} fill="var(--chart)" opacity="0.1" />
        {series.bars.map(({ x, height, day }) => (
          <line
            key={day}
            x1={x}
            x2={x}
            y1="100"
            y2={100 - Math.max(height, 0.8)}
            stroke="var(--chart-2)"
            strokeWidth="4"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <polyline
          points={points}
          fill="none"
          stroke="var(--chart)"
          strokeWidth="2"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <div aria-hidden="true">
        {series.grid.map(({ y, bytes }) => (
          <span
            key={bytes}
            className="absolute right-0 -translate-y-1/2 tabular-nums"
            style={{ top: `calc(8px + (100% - 30px) * ${(y / 100).toFixed(4)})` }}
          >
            {bytes === 0 ? "0" : formatBytes(bytes)}
          </span>
        ))}
        {series.labels.map(({ x, at }, index) => (
          <span
            key={at}
            className={`absolute bottom-0 -translate-x-1/2 whitespace-nowrap ${index === 1 ? "max-sm:hidden" : ""}`}
            style={{ left: `calc((100% - 62px) * ${(x / 100).toFixed(4)})` }}
          >
            {formatDay(at, now, zone)}
          </span>
        ))}
      </div>
    </div>
  );
}

function SizeTable({ series, now, zone }: { series: SizeSeries; now: number; zone: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys.
    <section aria-label="Size by day" tabIndex={0} className="mt-2 h-[196px] overflow-y-auto">
      <table className="w-full text-sm">
        <thead className="text-left text-ink-3">
          <tr>
            <th scope="col" className="py-1 font-medium">
              Day
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Database size
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Sent
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Backups
            </th>
          </tr>
        </thead>
        <tbody>
          {series.days.toReversed().map(({ day, at, bytes, sentBytes, count }) => (
            <tr key={day} className="border-t border-line">
              <th scope="row" className="py-1 text-left font-normal">
                {formatDay(at, now, zone)}
              </th>
              <td className="py-1 text-right">{formatBytes(bytes)}</td>
              <td className="py-1 text-right">{formatBytes(sentBytes)}</td>
              <td className="py-1 text-right">{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
