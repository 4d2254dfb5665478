import { getSystemErrorName } from "node:util";

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
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not begin with TLS at this port",
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

/** Fetch calls no port that belongs to another service, such as 25 of mail: nothing is sent, and there is no code. */
export function isRefusedPort(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === "bad port";
}

/** The innermost first: a cause says more than what it caused. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const tried = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  const system = "errno" in error && typeof error.errno === "number" ? [systemName(error.errno)] : [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  return [...codesOf(error.cause), ...tried, ...system, ...hiddenCodes(error.message), ...own];
}

function systemName(errno: number): string {
  // Names of the system's errors are negative numbers; others have numbers of their own.
  return errno < 0 ? getSystemErrorName(errno) : "";
}

/** The mail library puts codes of its own in the place of those of TLS; of the text, only what is known is taken. */
function hiddenCodes(message: string): string[] {
  return HIDDEN.filter(([pattern]) => pattern.test(message)).map(([, code]) => code);
}

const HIDDEN: [RegExp, string][] = [
  [/wrong version number/, "ERR_SSL_WRONG_VERSION_NUMBER"],
  [/self-signed certificate in/, "SELF_SIGNED_CERT_IN_CHAIN"],
  [/self-signed certificate/, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  [/certificate has expired/, "CERT_HAS_EXPIRED"],
  [/does not match certificate/, "ERR_TLS_CERT_ALTNAME_INVALID"],
  [/unable to (verify|get)/, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
];
