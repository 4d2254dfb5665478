/** next-auth's two calls that a page needs, without its client library: that one would weigh more than the whole sign-in page. */
const AUTH = "/api/auth";

export type SignInAnswer = { ok: true } | { ok: false; error: string };

export async function signIn(input: { email: string; password: string }): Promise<SignInAnswer> {
  const answer = await post("callback/credentials", input);
  if (!answer) return { ok: false, error: "unreachable" };
  const error = errorIn(answer.url) ?? (answer.ok ? null : "refused");
  return error ? { ok: false, error } : { ok: true };
}

/** Where to go on at the provider. The page goes there itself: the policy lets forms send to this server only. */
export async function beginAtProvider(next: string): Promise<{ ok: true; url: string } | { ok: false; error: string }> {
  const answer = await post("signin/oidc", { callbackUrl: next });
  if (!answer) return { ok: false, error: "unreachable" };
  const error = errorIn(answer.url) ?? (answer.ok && answer.url ? null : "refused");
  return error || !answer.url ? { ok: false, error: error ?? "refused" } : { ok: true, url: answer.url };
}

/** False when the server could not be asked: then the session still stands. */
export async function signOut(): Promise<boolean> {
  return (await post("signout", {}))?.ok ?? false;
}

async function post(path: string, fields: Record<string, string>): Promise<{ ok: boolean; url: string | null } | null> {
  const csrfToken = await readCsrfToken();
  if (!csrfToken) return null;
  const answer = await fetch(`${AUTH}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ callbackUrl: "/", ...fields, csrfToken, json: "true" }),
  }).catch(() => null);
  if (!answer) return null;
  const body: unknown = await answer.json().catch(() => null);
  return { ok: answer.ok, url: textIn(body, "url") };
}

/** The token's cookie half is set by this very answer; a foreign page can read neither. */
async function readCsrfToken(): Promise<string | null> {
  const answer = await fetch(`${AUTH}/csrf`, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? textIn(await answer.json().catch(() => null), "csrfToken") : null;
}

function textIn(body: unknown, name: string): string | null {
  const value = body && typeof body === "object" ? Reflect.get(body, name) : null;
  return typeof value === "string" ? value : null;
}

/** next-auth puts the reason of a refusal into the address it would send a plain form to. */
function errorIn(url: string | null): string | null {
  if (!url || !URL.canParse(url, window.location.origin)) return null;
  return new URL(url, window.location.origin).searchParams.get("error");
}
