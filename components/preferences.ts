/** What one browser prefers, in cookies that the server reads before it draws the first byte. No account needed, no secret in it. */
export const THEME_COOKIE = "nestegg-theme";
export const DENSITY_COOKIE = "nestegg-density";
/** IANA name of the browser's zone; the server cannot know it before the first visit. */
export const ZONE_COOKIE = "nestegg-zone";
/** "off" silences the one-letter keys. */
export const KEYS_COOKIE = "nestegg-keys";
/** Id of the run whose "Restored to…" was dismissed. */
export const RESTORE_SEEN_COOKIE = "nestegg-restore-seen";
const YEAR_SECONDS = 365 * 24 * 60 * 60;

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

export function parseTheme(value: string | undefined): Theme {
  return value === "light" || value === "dark" ? value : "system";
}

export function parseDensity(value: string | undefined): Density {
  return value === "compact" ? "compact" : "comfortable";
}

/** A zone that Intl does not know would break every page, so it falls back to UTC. */
export function parseZone(value: string | undefined): string {
  if (!value) return "UTC";
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

/** Browser only. */
export function writePreference(name: string, value: string): void {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing from Firefox and on plain http.
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
}
