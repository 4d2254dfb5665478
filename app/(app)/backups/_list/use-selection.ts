"use client";

import { useRef, useState } from "react";
import type { BackupView } from "@/server/nestegg";

export interface Selection {
  selected: BackupView[];
  has(id: string): boolean;
  toggle(id: string, on: boolean, range: boolean): void;
  setAll(on: boolean): void;
}

/** What is ticked on this page; a row that leaves the page leaves the selection. Shift ticks everything in between. */
export function useSelection(backups: BackupView[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const open = backups.filter((backup) => backup.state !== "deleting" && backup.state !== "creating");

  const toggle = (id: string, on: boolean, range: boolean) => {
    const from = range ? open.findIndex((backup) => backup.id === last.current) : -1;
    const to = open.findIndex((backup) => backup.id === id);
    const touched = from < 0 ? [id] : open.slice(Math.min(from, to), Math.max(from, to) + 1).map((backup) => backup.id);
    last.current = id;
    setIds((before) => {
      const next = new Set(before);
      for (const one of touched) {
        if (on) next.add(one);
        else next.delete(one);
      }
      return next;
    });
  };

  return {
    selected: open.filter((backup) => ids.has(backup.id)),
    has: (id) => ids.has(id),
    toggle,
    setAll: (on) => setIds(new Set(on ? open.map((backup) => backup.id) : [])),
  };
}
