const WORDS: Record<string, string> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name could not be looked up",
  EDNS: "its name is not known",
  ETIMEDOUT: "it did not answer in time",
  UND_ERR_CONNECT_TIMEOUT: "it did not answer in time",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  CERT_HAS_EXPIRED: "its certificate is out of date",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself, so nobody vouches for it",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by nobody that this machine trusts",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by nobody that this machine trusts",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by nobody that this machine trusts",
};

/** From the codes alone: the messages of such errors repeat addresses. */
export function causeWords(error: unknown): string {
  const codes = codesOf(error);
  const known = codes.find((code) => Object.hasOwn(WORDS, code));
  return (known && WORDS[known]) ?? codes.at(-1) ?? "the request could not be sent";
}

/** Outermost first; a cause says more than what it caused. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const tried = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...codesOf(error.cause), ...tried, ...own];
}
