"use client";
// A short word about what has just been done, with a way back.
import { useEffect, useState } from "react";

import { Button } from "./controls";

export interface Toast {
  text: string;
  undo?: () => void;
}
const SHOW = "holdfast-toast";

export function say(toast: Toast): void {
  window.dispatchEvent(new CustomEvent(SHOW, { detail: toast }));
}

export function ToastArea() {
  const [toast, setToast] = useState<Toast | null>(null);
  useEffect(() => {
    let timer = 0;
    const onShow = (event: Event) => {
      setToast((event as CustomEvent<Toast>).detail);
      clearTimeout(timer);
      timer = window.setTimeout(() => setToast(null), 8_000);
    };
    window.addEventListener(SHOW, onShow);
    return () => window.removeEventListener(SHOW, onShow);
  }, []);
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-20 z-40 flex justify-center px-4 md:bottom-6">
      {toast && (
        <div className="pointer-events-auto flex items-center gap-4 rounded-lg border border-line bg-raised px-4 py-2 shadow-lg">
          {toast.text}
          {toast.undo && (
            <Button
              onClick={() => {
                toast.undo?.();
                setToast(null);
              }}
            >
              Undo
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
