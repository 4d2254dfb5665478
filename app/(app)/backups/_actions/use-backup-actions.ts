"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import { useToast } from "@/components/toast";
import type { BackupList, BackupView } from "@/server/nestegg";
import { type BackupPatch, editPatch, markPatch, patchList, undoPatch } from "./patch-backups";

/** The contract's ceiling for one answer: enough to find who holds the mark. */
const LIST_MAX = 1000;

export interface BackupActions {
  /** By backup id: why the last thing asked of it was refused. */
  errors: Record<string, string>;
  dismiss(id: string): void;
  /** All resolve with false when the server refused; the reason is then in `errors`. */
  verify(id: string): Promise<boolean>;
  adopt(id: string): Promise<boolean>;
  remove(id: string): Promise<boolean>;
  undelete(id: string): Promise<boolean>;
  download(id: string): Promise<boolean>;
  lock(id: string, locked: boolean): Promise<boolean>;
  describe(id: string, change: { tags?: Record<string, string>; note?: string }): Promise<boolean>;
  /** Moves the mark here, or takes it away; a toast offers the way back. */
  mark(backup: BackupView, status: "latest_restored" | null): Promise<boolean>;
}

/** What one can do to a backup. Cheap edits are painted at once and taken back when refused; the rest waits for the server. */
export function useBackupActions(): BackupActions {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const toast = useToast();
  const { now, zone } = useMoment();
  const [errors, setErrors] = useState<Record<string, string>>({});
  const verify = useMutation(trpc.backups.verify.mutationOptions());
  const adopt = useMutation(trpc.backups.adopt.mutationOptions());
  const remove = useMutation(trpc.backups.remove.mutationOptions());
  const undelete = useMutation(trpc.backups.undelete.mutationOptions());
  const downloadUrl = useMutation(trpc.backups.downloadUrl.mutationOptions());
  const lock = useMutation(trpc.backups.lock.mutationOptions());
  const tag = useMutation(trpc.backups.tag.mutationOptions());
  const setStatus = useMutation(trpc.backups.setStatus.mutationOptions());

  const dismiss = (id: string) => setErrors(({ [id]: _gone, ...others }) => others);

  const attempt = async (id: string, work: () => Promise<unknown>): Promise<boolean> => {
    dismiss(id);
    try {
      await work();
      return true;
    } catch (error) {
      const { message, hint } = appErrorOf(error);
      setErrors((others) => ({ ...others, [id]: hint ? `${message} ${hint}` : message }));
      return false;
    } finally {
      void queryClient.invalidateQueries(trpc.backups.pathFilter());
    }
  };

  const paint = (patch: BackupPatch): (() => void) => {
    const undos: (() => void)[] = [];
    for (const [key, list] of queryClient.getQueriesData<BackupList>(trpc.backups.list.queryFilter())) {
      if (!list) continue;
      const undo = undoPatch(list.backups, patch);
      queryClient.setQueryData(key, patchList(list, patch));
      undos.push(() => queryClient.setQueryData<BackupList>(key, (present) => present && patchList(present, undo)));
    }
    for (const [key, backup] of queryClient.getQueriesData<BackupView>(trpc.backups.get.queryFilter())) {
      if (!backup) continue;
      const undo = undoPatch([backup], patch);
      queryClient.setQueryData(key, patch(backup));
      undos.push(() => queryClient.setQueryData<BackupView>(key, (present) => present && undo(present)));
    }
    return () => {
      for (const undo of undos) undo();
    };
  };

  const edit = async (id: string, patch: BackupPatch, work: () => Promise<unknown>): Promise<boolean> => {
    // An answer that was asked for before the edit would paint over it.
    await queryClient.cancelQueries(trpc.backups.pathFilter());
    const undo = paint(patch);
    const done = await attempt(id, work);
    if (!done) undo();
    return done;
  };

  const findHolder = async (): Promise<string | null> => {
    const lists = queryClient.getQueriesData<BackupList>(trpc.backups.list.queryFilter()).map(([, list]) => list);
    const known = lists.flatMap((list) => list?.backups ?? []).find((backup) => backup.status === "latest_restored");
    if (known) return known.id;
    if (lists.some((list) => list && list.backups.length >= list.total)) return null;
    const all = await queryClient.fetchQuery(trpc.backups.list.queryOptions({ limit: LIST_MAX }));
    return all.backups.find((backup) => backup.status === "latest_restored")?.id ?? null;
  };

  const moveMark = (id: string, status: "latest_restored" | null) =>
    edit(id, markPatch(status ? id : null), () => setStatus.mutateAsync({ id, status }));

  return {
    errors,
    dismiss,
    verify: (id) => attempt(id, () => verify.mutateAsync({ id })),
    adopt: (id) => attempt(id, () => adopt.mutateAsync({ id })),
    remove: (id) => attempt(id, () => remove.mutateAsync({ id })),
    undelete: (id) => attempt(id, () => undelete.mutateAsync({ id })),
    download: (id) => attempt(id, async () => startDownload(await downloadUrl.mutateAsync({ id }))),
    lock: (id, locked) => edit(id, editPatch(id, { locked }), () => lock.mutateAsync({ id, locked })),
    describe: (id, change) =>
      edit(
        id,
        (backup) => (backup.id === id ? { ...backup, ...change, tags: change.tags ?? backup.tags } : backup),
        () => tag.mutateAsync({ id, ...change }),
      ),
    mark: async (backup, status) => {
      const holder = await findHolder();
      const done = await moveMark(backup.id, status);
      if (!done) return false;
      const when = formatAbsolute(Date.parse(backup.timestamp), now, zone);
      const text = status ? `Moved “Latest restored” to ${when}.` : `Removed “Latest restored” from ${when}.`;
      const undo = () =>
        void (holder && holder !== backup.id
          ? moveMark(holder, "latest_restored")
          : moveMark(backup.id, status ? null : "latest_restored"));
      toast(text, { label: "Undo", run: undo });
      return true;
    },
  };
}

/** The answer is an attachment, so the page stays. */
function startDownload(link: { url: string }): void {
  window.location.assign(link.url);
}
