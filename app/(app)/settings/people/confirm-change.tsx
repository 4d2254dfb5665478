"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { ConfirmDialog } from "@/components/dialog";
import { useUser } from "../../_shell/user";
import { type Asked, changeWords } from "./change-words";

export function ConfirmChange({ asked, onClose }: { asked: Asked; onClose(): void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { id } = useUser();
  const onSuccess = async () => {
    // One's own rights are gone with the answer: the page around is another one now.
    if (asked.what !== "withdraw" && asked.person.id === id) return window.location.reload();
    await queryClient.invalidateQueries(trpc.people.list.pathFilter());
    onClose();
  };
  const setRole = useMutation(trpc.people.setRole.mutationOptions({ onSuccess }));
  const setDisabled = useMutation(trpc.people.setDisabled.mutationOptions({ onSuccess }));
  const withdraw = useMutation(trpc.people.withdraw.mutationOptions({ onSuccess }));
  const all = [setRole, setDisabled, withdraw];
  const error = all.find((one) => one.error)?.error;
  const failure = error ? appErrorOf(error) : null;
  const words = changeWords(asked, id);
  const confirm = () => {
    if (asked.what === "withdraw") withdraw.mutate({ id: asked.invitation.id });
    else if (asked.what === "role") setRole.mutate({ id: asked.person.id, role: asked.role });
    else setDisabled.mutate({ id: asked.person.id, disabled: asked.what === "disable" });
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={words.title}
      keepLabel={words.keep}
      confirmLabel={words.confirm}
      tone={asked.what === "disable" || asked.what === "withdraw" ? "danger" : "default"}
      busy={all.some((one) => one.isPending)}
      error={failure ? [failure.message, failure.hint].filter(Boolean).join(" ") : null}
      onConfirm={confirm}
    >
      {words.text}
    </ConfirmDialog>
  );
}
