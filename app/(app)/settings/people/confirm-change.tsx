"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { ConfirmDialog } from "@/components/dialog";
import { ROLE_WORDS, useUser } from "../../_shell/user";

type List = RouterOutputs["people"]["list"];
type Person = List["people"][number];

export type Asked =
  | { what: "role"; person: Person; role: Person["role"] }
  | { what: "disable" | "enable"; person: Person }
  | { what: "withdraw"; invitation: List["invitations"][number] };

const RIGHTS = {
  viewer: "A viewer sees backups and runs, and changes nothing.",
  operator: "An operator makes, checks, marks and downloads backups, and deletes and restores nothing.",
  admin: "An admin may do everything, restores, settings and people included.",
} as const;

function wordsOf(asked: Asked) {
  switch (asked.what) {
    case "role":
      return {
        title: `Make ${asked.person.email} ${asked.role === "viewer" ? "a" : "an"} ${ROLE_WORDS[asked.role].toLowerCase()}?`,
        keep: `Keep ${ROLE_WORDS[asked.person.role].toLowerCase()}`,
        confirm: "Change role",
        text: `${RIGHTS[asked.role]} It counts with their next click.`,
      };
    case "disable":
      return {
        title: `Disable ${asked.person.email}?`,
        keep: "Keep enabled",
        confirm: "Disable",
        text: "All their sessions end at once and they cannot sign in. Invitations they sent are withdrawn. API tokens they made go on working: revoke those in API tokens.",
      };
    case "enable":
      return {
        title: `Enable ${asked.person.email}?`,
        keep: "Keep disabled",
        confirm: "Enable",
        text: `They can sign in again, as ${ROLE_WORDS[asked.person.role].toLowerCase()}.`,
      };
    case "withdraw":
      return {
        title: `Withdraw the invitation of ${asked.invitation.email}?`,
        keep: "Keep invitation",
        confirm: "Withdraw",
        text: "The link opens nothing any more. You can invite again.",
      };
  }
}

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
  const words = wordsOf(asked);
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
