import type { AppErrorShape } from "@/server/api/trpc";

/** What to show of a failed call: the server's words, or that it could not be reached at all. */
export function appErrorOf(error: unknown): AppErrorShape {
  const data = error instanceof Error && "data" in error ? error.data : null;
  if (data && typeof data === "object" && "appError" in data && isShape(data.appError)) return data.appError;
  return {
    code: "internal",
    message: "Nestegg did not answer.",
    hint: "Check the connection and try again; what was started on the server goes on.",
  };
}

function isShape(value: unknown): value is AppErrorShape {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
