"use client";
import { useRun } from "@/frame/run";
import { Button } from "@/parts/controls";
import { Icon } from "@/parts/icons";
import { Popover } from "@/parts/Popover";

import { COLUMNS, FIRST_COLUMNS, labelOf } from "./columns";

/** Which columns, in which order; kept in this browser. */
export function ColumnChooser({ names, onChange }: { names: string[]; onChange: (names: string[]) => void }) {
  const purchase = useRun().data?.purchase ?? "purchase";
  const move = (name: string, step: number) => {
    const rest = names.filter((one) => one !== name);
    rest.splice(Math.max(0, names.indexOf(name) + step), 0, name);
    onChange(rest);
  };
  const ordered = [...names.flatMap((name) => COLUMNS.find((one) => one.name === name) ?? []), ...COLUMNS.filter((one) => !names.includes(one.name))];
  return (
    <Popover
      name="Columns"
      align="right"
      width="w-72"
      label={
        <>
          <Icon name="columns" size={16} />
          Columns
        </>
      }
    >
      {() => (
        <>
          <ul className="grid gap-0.5">
            {ordered.map((column) => {
              const isShown = names.includes(column.name);
              return (
                <li key={column.name} className="flex items-center justify-between gap-2">
                  <label className="flex flex-1 items-center gap-2 py-1">
                    <input
                      type="checkbox"
                      checked={isShown}
                      disabled={isShown && names.length === 1}
                      onChange={() => onChange(isShown ? names.filter((one) => one !== column.name) : [...names, column.name])}
                      className="size-4 accent-accent"
                    />
                    {labelOf(column, purchase)}
                  </label>
                  {isShown && (
                    <span className="flex">
                      <Move label={`${labelOf(column, purchase)} earlier`} isOff={names[0] === column.name} onMove={() => move(column.name, -1)} turn="rotate-90" />
                      <Move label={`${labelOf(column, purchase)} later`} isOff={names[names.length - 1] === column.name} onMove={() => move(column.name, 1)} turn="-rotate-90" />
                    </span>
                  )}
                </li>
              );
            })}
          </ul>
          <Button look="bare" className="mt-2" onClick={() => onChange(FIRST_COLUMNS)}>
            As at first
          </Button>
        </>
      )}
    </Popover>
  );
}

function Move({ label, isOff, onMove, turn }: { label: string; isOff: boolean; onMove: () => void; turn: string }) {
  return (
    <button type="button" aria-label={label} disabled={isOff} onClick={onMove} className={`flex size-6 items-center justify-center rounded text-muted hover:bg-panel disabled:opacity-30 ${turn}`}>
      <Icon name="left" size={14} />
    </button>
  );
}
