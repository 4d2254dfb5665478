/** Where to go after sign-in: a path of ours, never another site, never back to the sign-in page. */
export function ownPath(given: string | undefined): string {
  // Browsers read "\" as "/" and drop tabs and line ends, so "/\evil.example" would leave the site.
  if (!given?.startsWith("/") || /[\p{Cc}\\]/u.test(given)) return "/";
  const base = "http://own.invalid";
  if (!URL.canParse(given, base)) return "/";
  const url = new URL(given, base);
  // "/a/..//evil.example" becomes "//evil.example" only once its dots are resolved.
  if (url.origin !== base || url.pathname.startsWith("//")) return "/";
  if (url.pathname === "/signin" || url.pathname.startsWith("/api/")) return "/";
  return `${url.pathname}${url.search}${url.hash}`;
}
