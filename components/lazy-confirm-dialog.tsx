"use client";

import { lazy } from "react";

/** Fetches the code before it is needed, for a question that must also be asked when the server is away by then. */
export const loadConfirmDialog = () => import("@/components/dialog");

/** For a question that is seldom asked: its code comes when it is first drawn, so draw it only while it is open. */
export const LazyConfirmDialog = lazy(() => loadConfirmDialog().then((module) => ({ default: module.ConfirmDialog })));
