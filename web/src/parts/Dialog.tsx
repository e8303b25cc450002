"use client";
// A modal: the browser's own, with its focus trap and Escape.
import { type ReactNode, useLayoutEffect, useRef } from "react";

export function Dialog({ label, onClose, children, className = "" }: { label: string; onClose?: () => void; children: ReactNode; className?: string }) {
  const box = useRef<HTMLDialogElement>(null);
  // Before it is taken out of the page: only then the browser gives the focus back to where it was.
  useLayoutEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={box}
      aria-label={label}
      className={`m-auto mt-[12vh] w-[min(560px,calc(100vw-32px))] rounded-xl border border-line bg-raised p-0 shadow-2xl ${className}`}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClick={(event) => event.target === box.current && onClose?.()}
    >
      {children}
    </dialog>
  );
}
