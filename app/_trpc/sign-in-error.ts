/** What to show when next-auth's `signIn` came back with `error` (from its result or from ?error=); null when all is well. */
export function signInErrorText(error: string | null | undefined): string | null {
  if (!error) return null;
  const minutes = /^throttled:(\d{1,4})$/.exec(error)?.[1];
  if (minutes) return `Too many tries. Wait ${minutes} ${minutes === "1" ? "minute" : "minutes"}.`;
  if (error === "CredentialsSignin") return "Email or password is not right.";
  return "Signing in did not work. Try again; if it stays so, look into the server’s log.";
}
