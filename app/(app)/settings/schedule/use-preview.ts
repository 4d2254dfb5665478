"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import type { ScheduleView } from "./schedule";

/** Long enough for the next key, short enough to seem at once. */
const DEBOUNCE_MS = 300;

/** What the server says to settings that are being typed. */
export function usePreview(settings: ScheduleView["settings"], wanted: boolean) {
  const trpc = useTRPC();
  const [asked, setAsked] = useState(settings);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(settings), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [settings]);
  const late = asked !== settings;
  const query = useQuery(
    trpc.schedule.preview.queryOptions(asked, {
      enabled: wanted && !late,
      placeholderData: keepPreviousData,
      retry: false,
      staleTime: 0,
    }),
  );
  return {
    view: query.error ? null : (query.data ?? null),
    busy: wanted && (late || query.isFetching),
    failure: wanted && !late && query.error ? appErrorOf(query.error) : null,
  };
}
