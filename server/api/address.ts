/** Overwritten by server/main.ts on every request, so that no client can choose what it says. */
export const ADDRESS_HEADER = "x-nestegg-address";
