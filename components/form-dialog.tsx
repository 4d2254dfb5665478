"use client";

import { type FormEvent, type ReactNode, useId } from "react";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { type Failure, FailureNote } from "@/components/failure-note";

interface FormDialogProps {
  title: ReactNode;
  description?: ReactNode;
  /** The verb and its object: "Create token". */
  submitLabel: string;
  /** While it is being sent it can be neither closed nor sent again. */
  busy?: boolean;
  /** Of the last try; stays until the next. */
  failure?: Failure | null;
  wide?: boolean;
  onClose(): void;
  /** Its default is prevented already. */
  onSubmit(event: FormEvent<HTMLFormElement>): void;
  children: ReactNode;
}

/** A few fields, "Cancel", and one button that sends them. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, submitLabel, busy, failure = null, wide, onClose, onSubmit, children } = props;
  const form = useId();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      busy={busy}
      wide={wide}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="primary" type="submit" form={form} busy={busy}>
            {submitLabel}
          </Button>
        </>
      }
    >
      <form
        id={form}
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(event);
        }}
      >
        {children}
        <FailureNote failure={failure} />
      </form>
    </Dialog>
  );
}
