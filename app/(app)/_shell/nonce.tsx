"use client";

import { useEffect } from "react";

declare global {
  interface Window {
    /** Read by `get-nonce`, through which Radix's scroll lock labels the one style element it adds. */
    __webpack_nonce__?: string;
  }
}

/** Hands this page's CSP nonce to libraries that add styles while a dialog is open. */
export function Nonce() {
  useEffect(() => {
    // The attribute reads as empty to hide it from CSS; the property still has it.
    const script = document.querySelector<HTMLScriptElement>("script[nonce]");
    if (script?.nonce) window.__webpack_nonce__ = script.nonce;
  }, []);
  return null;
}
