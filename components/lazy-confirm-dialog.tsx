"use client";

import { lazy } from "react";

/** For a question that is seldom asked: its code comes when it is first drawn, so draw it only while it is open. */
export const LazyConfirmDialog = lazy(() =>
  import("@/components/dialog").then((module) => ({ default: module.ConfirmDialog })),
);
