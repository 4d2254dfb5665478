import type { StatusView } from "../nestegg";
import type { AlertHealth } from "../nestegg-operate";

const PAGE = "/settings/notifications";

/** Whether somebody would hear of trouble. */
export function alertChecks({ channels, dead, unproven }: AlertHealth): StatusView["checks"] {
  const [worst] = dead;
  if (worst) {
    const title = dead.length === 1 ? "Alerts do not arrive" : `${dead.length} alert channels are dead`;
    return [{ code: "alerts", state: "fail", title, text: wordsOf(worst), href: PAGE }];
  }
  if (channels === 0) {
    const text = "Nobody is told when a backup fails";
    return [{ code: "alerts", state: "warn", title: "No alerts set up", text, href: PAGE }];
  }
  const [doubtful] = unproven;
  if (doubtful) {
    const title = doubtful.answer ? "The last alert did not arrive" : "Alerts are not tried yet";
    const text = doubtful.answer ? `${doubtful.name}: ${doubtful.answer}` : `Send a test to ${doubtful.name}`;
    return [{ code: "alerts", state: "warn", title, text, href: PAGE }];
  }
  const title = channels === 1 ? "Alerts go to 1 channel" : `Alerts go to ${channels} channels`;
  return [{ code: "alerts", state: "pass", title, text: "The last messages arrived", href: PAGE }];
}

/** Only where the data itself gives no reason for one: a silent channel endangers nothing by itself. */
export function alertAttention({ dead }: AlertHealth): StatusView["attention"] {
  const [worst] = dead;
  if (!worst) return null;
  const link = { text: "See the channel", href: PAGE };
  return { code: "alerts", text: `Alerts do not arrive. ${wordsOf(worst)}`, tone: "warn", link };
}

function wordsOf({ name, since, answer }: AlertHealth["dead"][number]): string {
  const when = `${since.slice(0, 10)} ${since.slice(11, 16)} UTC`;
  return `${name} has failed since ${when}${answer ? `: ${answer}` : ""}.`;
}
