// Buttons, links and badges, each once.
import Link from "next/link";
import type { ButtonHTMLAttributes, ReactNode } from "react";

import { bandWords, percent } from "@/words/format";

const SHAPE =
  "inline-flex h-8 shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md px-2 text-sm sm:px-3 font-medium transition-colors disabled:cursor-default disabled:opacity-50 ";
const LOOKS = {
  main: "bg-accent text-on-accent hover:opacity-90",
  plain: "border border-line bg-raised text-text hover:bg-panel",
  bare: "text-muted hover:bg-panel hover:text-text",
};

export function Button({ look = "plain", className = "", ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { look?: keyof typeof LOOKS }) {
  return <button type="button" className={`${SHAPE}${LOOKS[look]} ${className}`} {...rest} />;
}

export function ButtonLink({ href, look = "plain", children }: { href: string; look?: keyof typeof LOOKS; children: ReactNode }) {
  return (
    <Link href={href} className={SHAPE + LOOKS[look]}>
      {children}
    </Link>
  );
}

const RISK = { low: "bg-risk-low", medium: "bg-risk-medium", high: "bg-risk-high", "notice given": "bg-muted" } as const;

/** A risk band: a dot on the scale, and the word; of who is likelier to leave than to stay, "low" says beside whom. */
export function RiskBadge({ band, share, isPhrase = false }: { band: string; share?: number | null; isPhrase?: boolean }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden="true" className={`size-2 rounded-full ${RISK[band as keyof typeof RISK] ?? "bg-line"}`} />
      {band === "low" && share != null && share > 0.5 ? "lower than usual here" : isPhrase ? bandWords(band) : band}
    </span>
  );
}

/** A probability of leaving, with the dot of its band. */
export function RiskShare({ share, band }: { share: number | null | undefined; band: string | null | undefined }) {
  if (share == null) return null;
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap" title={band ? bandWords(band) : undefined}>
      <span aria-hidden="true" className={`size-2 rounded-full ${RISK[band as keyof typeof RISK] ?? "bg-line"}`} />
      {band === "notice given" ? "notice" : percent(share)}
    </span>
  );
}

export function Key({ children }: { children: ReactNode }) {
  return <kbd className="rounded border border-line bg-panel px-1.5 py-0.5 font-sans text-xs text-muted">{children}</kbd>;
}
