import type { BackupType } from "../nestegg";
import type { RetentionPolicy, RetentionRow, RetentionRule } from "../nestegg-operate";
import { isoSeconds, parseBackupId } from "./backup-id";
import type { CatalogEntry } from "./catalog";
import { isGood, isWhole, latestRestored, newestGood } from "./protect";
import { createCalendar, SPANS } from "./retention-calendar";

const DAY_MS = 24 * 3_600_000;
/** A failed or missing backup is no way back; generations let it go once there was time to look into it. */
const FAULTY_KEPT_DAYS = 30;

export interface RetentionInput {
  entries: readonly CatalogEntry[];
  policy: RetentionPolicy;
  now: Date;
  /** Ids that a run works with. */
  inUse?: ReadonlySet<string>;
}

interface Candidate {
  entry: CatalogEntry;
  type: BackupType;
  time: Date;
  good: boolean;
}

type Verdict = Pick<RetentionRow, "stays" | "why" | "goesAt">;

/**
 * What stays and what would go, with the reason of each; a pure function. Rows are newest first. Objects without a readable manifest
 * and backups that are on their way out already are not judged and have no row. Time alone never brings a backup back, and asking for
 * more never lets more go.
 */
export function planRetention(input: RetentionInput): RetentionRow[] {
  const candidates = input.entries.flatMap(candidateOf).sort(newestFirst);
  const always = lastWaysBack(input);
  const verdicts = new Map<string, Verdict>();
  for (const [rule, group] of groupByRule(candidates, input.policy)) {
    for (const [id, verdict] of judge(rule, group, input)) verdicts.set(id, verdict);
  }
  return candidates.map(({ entry, type, time }) => {
    const because = always.get(entry.id);
    const ruled = verdicts.get(entry.id) ?? { stays: true, why: "no rule names it", goesAt: null };
    return {
      id: entry.id,
      type,
      timestamp: isoSeconds(time),
      bytes: entry.manifest?.file.bytes ?? 0,
      ...(because ? { stays: true, why: because, goesAt: null } : ruled),
    };
  });
}

/** Promise 5, and what a run works with. The newest verified one too: a newer one that was only stored may yet turn out to be damaged. */
function lastWaysBack({ entries, inUse }: RetentionInput): Map<string, string> {
  const all = [...entries];
  const reasons = new Map<string, string>();
  for (const id of inUse ?? []) reasons.set(id, "in use by a run");
  const verified = all.filter((entry) => isWhole(entry) && entry.manifest?.verification?.result === "verified");
  const newestVerified = newestGood(verified);
  if (newestVerified) reasons.set(newestVerified.id, "newest verified");
  const restored = latestRestored(all);
  if (restored) reasons.set(restored.id, "latest restored");
  for (const { id, manifest } of all) if (manifest?.locked) reasons.set(id, "locked");
  const newest = newestGood(all);
  if (newest) reasons.set(newest.id, "newest good");
  return reasons;
}

function candidateOf(entry: CatalogEntry): Candidate[] {
  const parsed = parseBackupId(entry.id);
  if (!parsed || !entry.manifest || entry.manifest.deletesAt) return [];
  return [{ entry, type: parsed.type, time: parsed.time, good: isGood(entry) }];
}

function newestFirst(a: Candidate, b: Candidate): number {
  return b.time.getTime() - a.time.getTime() || (a.entry.id < b.entry.id ? 1 : -1);
}

/** Types with a rule of their own are counted by themselves, all others together. */
function groupByRule(candidates: Candidate[], policy: RetentionPolicy): Map<RetentionRule, Candidate[]> {
  const groups = new Map<RetentionRule, Candidate[]>();
  for (const candidate of candidates) {
    const rule = policy.types[candidate.type] ?? policy.all;
    const group = groups.get(rule);
    if (group) group.push(candidate);
    else groups.set(rule, [candidate]);
  }
  return groups;
}

function judge(rule: RetentionRule, group: Candidate[], { policy, now }: RetentionInput): Map<string, Verdict> {
  if (rule.keep === "forever") return judged(group, () => ({ stays: true, why: "kept for ever", goesAt: null }));
  if (rule.keep === "days") return judged(group, ({ time }) => byAge(time, rule.days, now));
  const kept = generationsOf(rule, group, policy.timeZone);
  return judged(group, ({ entry, time, good }) => {
    if (!good) return faulty(entry, byAge(time, FAULTY_KEPT_DAYS, now));
    const names = kept.get(entry.id);
    if (!names)
      return { stays: false, why: "a newer one stands for its hour, day, week, month and year", goesAt: iso(now) };
    return { stays: true, why: names.join(", "), goesAt: null };
  });
}

function judged(group: Candidate[], verdict: (candidate: Candidate) => Verdict): Map<string, Verdict> {
  return new Map(group.map((candidate) => [candidate.entry.id, verdict(candidate)]));
}

function byAge(time: Date, days: number, now: Date): Verdict {
  const goesAt = new Date(time.getTime() + days * DAY_MS);
  const stays = now < goesAt;
  const word = days === 1 ? "1 day" : `${days} days`;
  return { stays, why: stays ? `younger than ${word}` : `older than ${word}`, goesAt: iso(goesAt) };
}

function faulty(entry: CatalogEntry, verdict: Verdict): Verdict {
  const what = isWhole(entry) ? "failed its check" : "its file is missing";
  return { ...verdict, why: `${what}, ${verdict.why}` };
}

/** Of the newest spans that hold a good backup, the newest one of each; spans without any are not counted, so a pause costs nothing. */
function generationsOf(
  rule: Extract<RetentionRule, { keep: "generations" }>,
  group: Candidate[],
  timeZone: string,
): Map<string, string[]> {
  const kept = new Map<string, string[]>();
  const keep = (id: string, why: string) => kept.set(id, [...(kept.get(id) ?? []), why]);
  const good = group.filter((candidate) => candidate.good);
  for (const { entry } of good.slice(0, rule.last))
    keep(entry.id, rule.last === 1 ? "the last one" : `of the last ${rule.last}`);
  const calendar = createCalendar(timeZone);
  const dated = good.map(({ entry, time }) => ({ id: entry.id, spans: calendar(time) }));
  for (const span of SPANS) {
    const seen = new Set<string>();
    for (const { id, spans } of dated) {
      if (seen.size === rule[span]) break;
      const { key, name } = spans[span];
      if (seen.has(key)) continue;
      seen.add(key);
      keep(id, `${span} of ${name}`);
    }
  }
  return kept;
}

function iso(time: Date): string {
  return time.toISOString();
}
