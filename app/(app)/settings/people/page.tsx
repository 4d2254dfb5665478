import type { Metadata } from "next";
import { HydrateClient, prefetch, requireUser, trpc } from "@/app/_trpc/server";
import { People } from "./people";
import { YourAccount } from "./your-account";

export const metadata: Metadata = { title: "People, Settings" };

/** Everybody finds their own account here; the list is for admins. */
export default async function PeoplePage() {
  const user = await requireUser("/settings/people");
  if (user.role === "admin") await prefetch(trpc.people.list.queryOptions());
  return (
    <HydrateClient>
      {user.role === "admin" ? <People /> : null}
      <YourAccount email={user.email} name={user.name} external={user.external} />
    </HydrateClient>
  );
}
