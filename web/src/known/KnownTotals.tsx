"use client";
// What the owner's own system shows for a month, beside what the records say: one figure proves how the files are read,
// or finds the reading that fits.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { answerKey, useAnswer } from "@/api/answers";
import { send } from "@/api/client";
import { Button } from "@/parts/controls";
import { Icon } from "@/parts/icons";
import { Section } from "@/parts/Section";
import { Loaded, Problem, Skeleton } from "@/parts/states";
import { many } from "@/words/format";

import { FigureForm } from "./FigureForm";
import { figureName, figureValue, type Known, overallWords, type Typed, withFigure, withoutFigure } from "./words";

const PATH = "/api/v1/known-totals";

interface Props {
  title: string;
  isLocked: boolean; // something else is at work
  onChanged?: () => void; // the project file has other figures, answers or settings
}

export function KnownTotals({ title, isLocked, onChanged }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Section
      id="own-totals"
      title={title}
      said="What does your shop, bank or billing system show for one month? One figure proves that the files are read as you count, or finds the reading that fits. You may leave this out."
    >
      {isOpen ? (
        <Compared isLocked={isLocked} onChanged={onChanged} />
      ) : (
        <Button disabled={isLocked} onClick={() => setOpen(true)}>
          Compare one figure
        </Button>
      )}
    </Section>
  );
}

function Compared({ isLocked, onChanged }: Omit<Props, "title">) {
  const client = useQueryClient();
  const answer = useAnswer(PATH);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const act = async (method: "PUT" | "POST", url: string, body: unknown): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      client.setQueryData(answerKey(PATH), await send<Known>(method, url, body));
      onChanged?.();
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const put = (figures: Typed[]) => act("PUT", PATH, { figures });
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={2} height={32} />}>
      {(known) => (
        <div className="grid gap-4">
          {known.figures.length > 0 && <Figures known={known} isLocked={isLocked || isBusy} onRemove={(figures) => void put(figures)} />}
          {known.words && <p role="status">{known.words}</p>}
          <Readings known={known} isLocked={isLocked || isBusy} onTake={(reading) => void act("POST", `${PATH}/reading`, { reading })} />
          <FigureForm known={known} isLocked={isLocked || isBusy} onCompare={(typed) => put(withFigure(known.figures, typed))} />
          {isBusy && (
            <p role="status" className="text-muted">
              Reading the records and comparing …
            </p>
          )}
          {error !== null && <Problem error={error} />}
        </div>
      )}
    </Loaded>
  );
}

function Figures({ known, isLocked, onRemove }: { known: Known; isLocked: boolean; onRemove: (figures: Typed[]) => void }) {
  return (
    <ul aria-label="Figures of your own system" className="grid gap-1">
      {known.figures.map((one) => (
        <li key={`${one.figure} ${one.when}`} data-agrees={String(one.agrees)} className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-3 border-b border-line py-2">
          <Verdict agrees={one.agrees ?? null} />
          <span className="break-words">{one.sentence || `${figureName(one.figure)} of ${one.when}: ${figureValue(one.figure, one.value, known.currency)} by your books.`}</span>
          <button
            type="button"
            disabled={isLocked}
            aria-label={`Remove ${figureName(one.figure)} of ${one.when}`}
            className="flex size-8 items-center justify-center text-muted hover:text-text"
            onClick={() => onRemove(withoutFigure(known.figures, one))}
          >
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Verdict({ agrees }: { agrees: boolean | null }) {
  if (agrees === null) return <span className="text-muted">not compared</span>;
  return <span className={`font-semibold ${agrees ? "text-won" : "text-lost"}`}>{agrees ? "Agrees" : "Differs"}</span>;
}

/** Readings that give every known figure, each with what it changes in all records; or that none of those tried does. */
function Readings({ known, isLocked, onTake }: { known: Known; isLocked: boolean; onTake: (reading: string) => void }) {
  if (!known.figures.some((one) => one.agrees === false)) return null;
  if (!known.readings.length) {
    return (
      <p className="max-w-prose text-muted">
        {known.tried ? `None of the ${many(known.tried, "other reading")} tried gives ${known.figures.length === 1 ? "it" : "them"}. ` : ""}
        Is the figure of the same days, in the same currency, with the same tax, less what was given back? If so, see below what each column and state is taken for.
      </p>
    );
  }
  return (
    <div className="grid gap-3">
      <p className="font-medium">{known.readings.length === 1 ? "Another reading gives it:" : "Other readings give it:"}</p>
      <ul aria-label="Other readings" className="grid gap-3">
        {known.readings.map((one) => (
          <li key={one.reading} className="grid gap-2 rounded-lg border border-line p-4">
            <p className="break-words font-medium">{one.reading}</p>
            <p className="figures break-words text-muted">In all records: {overallWords(one.overall, known.currency).join("; ")}.</p>
            {one.is_settled ? (
              <p>
                <Button look="main" disabled={isLocked} onClick={() => onTake(one.reading)}>
                  Read the files so
                </Button>
              </p>
            ) : (
              <p className="break-words text-sm text-muted">Several settings do the same to this figure, and only you know which is right. One of them: {one.instruction}</p>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
