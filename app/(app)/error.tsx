"use client";

import PageError from "../error";

/** A boundary of its own inside the shell, so that a broken page leaves the navigation standing. */
export default function AppPageError(props: Parameters<typeof PageError>[0]) {
  return <PageError {...props} />;
}
