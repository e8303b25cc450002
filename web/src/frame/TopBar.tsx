"use client";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { Button, Key } from "@/parts/controls";
import { customersLink } from "@/parts/customers-link";
import { Icon } from "@/parts/icons";
import { Term } from "@/parts/Term";
import { daysAfter, day, fullDay, moment, runMoment } from "@/words/format";

import { openOf } from "./Keyboard";
import { useRun } from "./run";

export function TopBar() {
  const { data: run, error } = useRun();
  const began = run ? runMoment(run.run) : null;
  return (
    <header className="sticky top-0 z-10 flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-page px-4 py-2 md:px-8">
      <div className="min-w-0 flex-1 leading-5">
        <p className="truncate font-semibold">{run ? run.project : error ? "Holdfast" : <span className="skeleton inline-block h-4 w-24 align-middle" />}</p>
        <p className="text-xs text-muted" data-freshness>
          {run?.cutoff ? (
            <>
              <Term word="cutoff">as of {fullDay(run.cutoff)}</Term>
              <span className="hidden sm:inline">
                , records until {day(daysAfter(run.cutoff, -1), run.cutoff).replace(/^\w{3} /, "")}
              </span>
            </>
          ) : run ? (
            "one snapshot of the records"
          ) : error?.status === 404 ? (
            "no run yet"
          ) : null}
          {began && <span className="hidden sm:inline">, run {moment(began)}</span>}
        </p>
      </div>
      <Search />
      <div className="flex items-center gap-1">
        <Theme />
        <Button look="bare" aria-label="Help and keys" title="Help and keys (?)" onClick={() => openOf("help")} className="!px-2">
          <Icon name="help" />
        </Button>
      </div>
    </header>
  );
}

function Search() {
  const router = useRouter();
  const [text, setText] = useState("");
  return (
    <form
      role="search"
      className="relative order-last w-full sm:order-none sm:w-64"
      onSubmit={(event) => {
        event.preventDefault();
        router.push(customersLink(text.trim() ? { search: text.trim(), who: "everyone" } : {}));
      }}
    >
      <span className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-muted">
        <Icon name="search" size={16} />
      </span>
      <input
        id="search"
        type="search"
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        aria-label="Find a customer by the id or a part of it"
        placeholder="Find a customer"
        className="h-8 w-full rounded-md border border-line-strong bg-page pr-8 pl-8 text-sm placeholder:text-muted"
      />
      <span className="pointer-events-none absolute inset-y-0 right-2 hidden items-center md:flex">
        <Key>/</Key>
      </span>
    </form>
  );
}

function Theme() {
  const [theme, setTheme] = useState<"light" | "dark" | null>(null);
  useEffect(() => {
    const chosen = document.documentElement.dataset.theme;
    const isDark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    setTheme(isDark ? "dark" : "light");
  }, []);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <Button
      look="bare"
      className="!px-2"
      aria-label={`Use the ${other} theme`}
      title={`Use the ${other} theme`}
      onClick={() => {
        document.documentElement.dataset.theme = other;
        localStorage.setItem("holdfast-theme", other);
        setTheme(other);
      }}
    >
      <Icon name={other === "dark" ? "moon" : "sun"} />
    </Button>
  );
}
