import type { Caller } from "../control/types";

/** Whoever may read the settings on this machine may do everything: there is nobody to sign in. */
export const COMMAND_LINE: Caller = {
  actor: { kind: "system", id: "system", name: "command line" },
  address: null,
};
