const ASK_ADMIN = "Ask an admin of Nestegg.";
const LOOK_INTO_LOG = "Try again; if it stays so, look into the server’s log.";

const NOT_FINISHED = `Signing in with the provider was not finished. ${LOOK_INTO_LOG}`;

/** What a provider's way can end in; nothing of what is shown comes from the address. */
const SENTENCES: Record<string, string> = {
  CredentialsSignin: "Email or password is not right.",
  OAuthSignin: `The sign-in provider could not be asked. ${LOOK_INTO_LOG}`,
  OAuthCallback: NOT_FINISHED,
  // The person pressed Cancel there, or the provider refused.
  Callback: NOT_FINISHED,
  "oidc-no-role": `The provider knows you, but gives you no role here, so you are not signed in. ${ASK_ADMIN}`,
  "oidc-disabled": `Your account here is disabled. ${ASK_ADMIN}`,
  "oidc-last-admin":
    "The provider no longer makes you an admin, but you are the only one here. Somebody else has to be an admin first.",
  "oidc-no-admin-yet": "Nestegg has no admin yet. Make one at /setup with the code that the server printed.",
};

/** What to show when next-auth's `signIn` came back with `error` (from its result or from ?error=); null when all is well. */
export function signInErrorText(error: string | null | undefined): string | null {
  if (!error) return null;
  const minutes = /^throttled:(\d{1,4})$/.exec(error)?.[1];
  if (minutes) return `Too many tries. Wait ${minutes} ${minutes === "1" ? "minute" : "minutes"}.`;
  if (Object.hasOwn(SENTENCES, error)) return SENTENCES[error] ?? null;
  return `Signing in did not work. ${LOOK_INTO_LOG}`;
}
