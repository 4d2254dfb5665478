import { dehydrate, type FetchQueryOptions, HydrationBoundary, type QueryKey } from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import type { Route } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache, type ReactNode } from "react";
import { createContext } from "@/server/api/context";
import { appRouter } from "@/server/api/root";
import type { UserView } from "@/server/nestegg";
import { getNestegg } from "@/server/runtime-handle";
import { makeQueryClient } from "./query-client";

/** One per request: a shared one would show one person's data to another. */
export const getQueryClient = cache(makeQueryClient);

const getContext = cache(async () => {
  // First, so that `next build` learns that the page belongs to a request before it meets the missing runtime.
  const requestHeaders = new Headers(await headers());
  return createContext({ nestegg: getNestegg(), headers: requestHeaders });
});

/** The same keys as in the browser, answered in this process with the visitor's own rights. */
export const trpc = createTRPCOptionsProxy({ router: appRouter, ctx: getContext, queryClient: getQueryClient });

/**
 * Call it first in every page that shows data: a redirect in a layout does not keep the page's payload back.
 * `next` is the page's own path, to which sign-in returns.
 */
export async function requireUser(next = "/"): Promise<UserView> {
  const { user, nestegg } = await getContext();
  if (user) return user;
  if (await nestegg.people.needsSetup()) redirect("/setup" as Route);
  redirect((next === "/" ? "/signin" : `/signin?next=${encodeURIComponent(next)}`) as Route);
}

/** For pages that visitors may see (`/signin`, `/setup`). */
export async function currentUser(): Promise<UserView | null> {
  return (await getContext()).user;
}

/** Starts a query on the server; `await` it to have the data in the first HTML. A failed one is asked again in the browser. */
export function prefetch<Data, Failure, Result, Key extends QueryKey>(
  options: FetchQueryOptions<Data, Failure, Result, Key>,
): Promise<void> {
  return getQueryClient().prefetchQuery(options);
}

export function HydrateClient({ children }: { children: ReactNode }) {
  return <HydrationBoundary state={dehydrate(getQueryClient())}>{children}</HydrationBoundary>;
}
