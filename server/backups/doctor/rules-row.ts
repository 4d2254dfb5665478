import type { BucketRulesView, DoctorRow } from "../../nestegg-operate";
import { type OverdueRenewals, overdueText } from "../renewal-watch";

/** The net under everything: what the bucket itself removes, and whether that fits what Nestegg keeps. */
export function rulesRow(view: BucketRulesView | null, overdue: OverdueRenewals | null): DoctorRow {
  const base = { code: "rules", group: "storage" as const, title: "Rules of the bucket" };
  if (overdue) {
    const hint =
      "Renewals run while this server is on, owns the path, and its database is open: mend that, or take the rule out of the bucket.";
    return { ...base, state: "fault", text: overdueText(overdue), hint };
  }
  if (!view) return { ...base, state: "skipped", text: "not looked at from here", hint: null };
  if (!view.supported)
    return { ...base, state: "skipped", text: "a folder has none: nothing in it expires by itself", hint: null };
  if (view.problem) return { ...base, state: "warning", text: view.problem.text, hint: view.problem.hint };
  if (view.warnings.length > 0) {
    const hint = "Change that rule in the dashboard of the storage.";
    return { ...base, state: "warning", text: view.warnings.join("; "), hint };
  }
  if (view.missing.length > 0) {
    return {
      ...base,
      state: "warning",
      text: `missing: ${view.missing.map(({ text }) => text).join("; ")}`,
      hint: "Write them in Settings, Storage, or in the dashboard of the storage.",
    };
  }
  const foreign = view.rules.filter(({ ours }) => !ours).length;
  const others = foreign > 0 ? `; ${foreign} of somebody else` : "";
  return { ...base, state: "ok", text: `old objects and unfinished uploads go by themselves${others}`, hint: null };
}
