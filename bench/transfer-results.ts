import type { Usage } from "./measured-command";
import { median, row } from "./numbers";

export interface Work {
  usage: Usage;
  /** Sent by a backup, fetched by a restore; null where nobody counts. */
  bytes: number | null;
  requests: number | null;
}

export interface Sample {
  row: string;
  tool: string;
  /** 0 counts bytes and requests, and is not timed. */
  round: number;
  work: Work;
}

/** All that one run has measured. Ratios are of one round: a busy minute then weighs on both sides. */
export class TransferResults {
  readonly rows = new Map<string, Set<string>>();
  readonly #samples: Sample[] = [];
  readonly #failures = new Map<string, string>();

  constructor(
    readonly fileBytes: number,
    readonly leftOut: string[],
  ) {}

  expect(title: string, tools: string[]): void {
    const known = this.rows.get(title) ?? new Set();
    this.rows.set(title, new Set([...tools, ...known]));
  }

  add(sample: Sample): void {
    this.#samples.push(sample);
    this.rows.get(sample.row)?.add(sample.tool);
  }

  failed(title: string, tool: string, message: string): void {
    this.#failures.set(`${title}, ${tool}`, message.replaceAll(/\s+/g, " "));
  }

  timed(title: string, tool: string): Sample[] {
    return this.#samples.filter(({ row: name, tool: by, round }) => name === title && by === tool && round > 0);
  }

  /** Of round 0; without one, what our own worker has told. */
  counted(title: string, tool: string): Work | undefined {
    const [first] = this.#samples.filter(({ row: name, tool: by }) => name === title && by === tool);
    return first?.work;
  }

  get failures(): string[] {
    return [...this.#failures].map(([where, message]) => `${where}: ${message}`);
  }

  /** Ours over the other's, each pair of one round. */
  ratios(title: string, ours: string, tool: string): number[] {
    const others = new Map(this.timed(title, tool).map(({ round, work }) => [round, work.usage.seconds]));
    return this.timed(title, ours).flatMap(({ round, work }) => {
      const seconds = others.get(round);
      return seconds === undefined ? [] : [work.usage.seconds / seconds];
    });
  }
}

export function printTransfer(results: TransferResults): void {
  console.log(`\nTransfer of ${(results.fileBytes / 1e6).toFixed(0)} MB; median of the rounds (least to most)`);
  console.log(row("", ["seconds", "", "MB moved", "requests", "CPU s", "peak MB", "ours / it", ""]));
  for (const [title, tools] of results.rows) {
    console.log(`${title}`);
    const [ours = ""] = tools;
    for (const tool of tools) printTool(results, { title, tool, ours });
  }
  for (const line of results.leftOut) console.log(`Left out: ${line}.`);
  for (const line of results.failures) console.log(`Failed: ${line}`);
}

function printTool(
  results: TransferResults,
  { title, tool, ours }: { title: string; tool: string; ours: string },
): void {
  const works = results.timed(title, tool).map(({ work }) => work);
  if (works.length === 0) return;
  const seconds = works.map(({ usage }) => usage.seconds);
  const counted = results.counted(title, tool);
  const ratios = tool === ours ? [] : results.ratios(title, ours, tool);
  console.log(
    row(`  ${tool}`, [
      median(seconds),
      range(seconds),
      counted?.bytes == null ? "-" : counted.bytes / 1e6,
      counted?.requests == null ? "-" : String(counted.requests),
      medianOf(works.map(({ usage }) => usage.cpuSeconds)),
      medianOf(works.map(({ usage }) => usage.peakMegabytes)),
      ratios.length === 0 ? "" : `${median(ratios).toFixed(2)} x`,
      ratios.length === 0 ? "" : range(ratios),
    ]),
  );
}

function medianOf(values: (number | null)[]): number | string {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? "-" : median(known);
}

function range(values: number[]): string {
  return `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`;
}
