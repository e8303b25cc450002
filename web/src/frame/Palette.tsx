"use client";
// Ctrl-K: pages, common lists and customers by id, from the keyboard.
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { useAnswer } from "@/api/answers";
import { RAIL } from "@/pages-map";
import { customerLink, customersLink } from "@/parts/customers-link";
import { Dialog } from "@/parts/Dialog";

interface Choice {
  label: string;
  note: string;
  href: string;
}

const CHOICES: Choice[] = [
  ...RAIL.map((page) => ({ label: page.label, note: page.question, href: page.path })),
  { label: "High-risk customers", note: "a list", href: customersLink({ risk_band: ["high"] }) },
  { label: "Ends booked ahead (notice given)", note: "a list", href: customersLink({ lifecycle: ["notice given"] }) },
  { label: "Past due customers", note: "a list", href: customersLink({ lifecycle: ["past due"] }) },
  { label: "Customers in the plan", note: "a list", href: customersLink({ in_plan: true }) },
];

export default function Palette({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 150);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useAnswer("/api/v1/customers", { values: { search: asked, who: "everyone", limit: 6 }, enabled: asked.length > 1, keepOld: true });
  const wanted = text.trim().toLowerCase();
  const choices = [
    ...CHOICES.filter((one) => `${one.label} ${one.note}`.toLowerCase().includes(wanted)),
    ...(asked.length > 1 ? (found.data?.customers ?? []) : []).map((one) => ({
      label: one.customer_id,
      note: one.segment ?? one.lifecycle ?? "",
      href: customerLink(one.customer_id),
    })),
  ];
  const here = Math.min(at, choices.length - 1);
  const go = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    router.push(choice.href);
  };
  return (
    <Dialog label="Go to" onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={here >= 0 ? `palette-${here}` : undefined}
        aria-label="Go to a page, a list or a customer"
        placeholder="A page, a list or a customer"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(here + 1, choices.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(here - 1, 0));
          else if (event.key === "Enter") go(choices[here]);
          else return;
          event.preventDefault();
        }}
        className="h-12 w-full border-b border-line bg-transparent px-4 outline-none placeholder:text-muted"
      />
      <ul id="palette-list" role="listbox" aria-label="Where to" className="max-h-80 overflow-y-auto p-2">
        {choices.map((choice, position) => (
          <li
            key={choice.href}
            id={`palette-${position}`}
            role="option"
            aria-selected={position === here}
            onMouseMove={() => setAt(position)}
            onClick={() => go(choice)}
            className={`flex cursor-pointer justify-between gap-4 rounded-md px-3 py-2 ${position === here ? "bg-accent-soft" : ""}`}
          >
            <span className="truncate">{choice.label}</span>
            <span className="truncate text-muted">{choice.note}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className="px-4 pb-4 text-muted">Nothing is called like that.</p>}
    </Dialog>
  );
}
