import { AppError } from "../errors";
import type { ApiContext } from "./context";

/**
 * A change asked for by a browser must come from our own page. Tokens need no check: no browser sends them by itself.
 * Throws `bad_origin`.
 */
export function requireOwnOrigin({ via, headers, nestegg }: ApiContext): void {
  if (via === "bearer") return;
  const origin = headers.get("origin");
  if (origin === null) {
    // Programs send neither header; a browser that leaves Origin out still tells on a foreign page.
    if (!["cross-site", "same-site"].includes(headers.get("sec-fetch-site") ?? "")) return;
  } else if (isOwn(origin, headers.get("host"), nestegg.facts.publicUrl)) return;
  throw new AppError("bad_origin", "The request came from another website, so it was refused; nothing was changed.", {
    hint: "Open the dashboard at its own address. If that is what you did, set PUBLIC_URL to the address in your browser.",
  });
}

function isOwn(origin: string, host: string | null, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  const given = new URL(origin);
  return given.origin === new URL(publicUrl).origin || (host !== null && given.host === host.toLowerCase());
}
