"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTRPC } from "@/app/_trpc/client";
import { Time } from "@/components/time";

/** The way on from a backup that must not be restored. */
export function NearestGood({ before }: { before: string }) {
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.backups.list.queryOptions({ states: ["verified", "checked", "stored"], to: before, limit: 1 }),
  );
  const nearest = data?.backups[0];
  if (!nearest) return null;
  return (
    <>
      The nearest good one before it:{" "}
      <Link href={`/backups/${encodeURIComponent(nearest.id)}`} className="text-link">
        <Time at={nearest.timestamp} form="absolute" />
      </Link>
    </>
  );
}
