"use client";
// What a reader has chosen for the list and this browser keeps: columns and their order, saved views.
import { useEffect, useState } from "react";

import { COLUMNS, FIRST_COLUMNS } from "./columns";

function useKept<T>(key: string, first: T, isFit: (value: unknown) => value is T): [T, (value: T) => void] {
  const [value, setValue] = useState(first);
  useEffect(() => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
      if (isFit(kept)) setValue(kept);
    } catch {
      localStorage.removeItem(key); // written by something else: begin again
    }
  }, [key]);
  const keep = (changed: T) => {
    setValue(changed);
    localStorage.setItem(key, JSON.stringify(changed));
  };
  return [value, keep];
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((name) => COLUMNS.some((column) => column.name === name));
export const useColumns = () => useKept("holdfast-columns", FIRST_COLUMNS, isNames);

export interface View {
  name: string;
  search: string; // of the URL
}
const isViews = (value: unknown): value is View[] =>
  Array.isArray(value) && value.every((one: View) => typeof one?.name === "string" && typeof one.search === "string");
export const useViews = () => useKept<View[]>("holdfast-views", [], isViews);
