"use client";
// The list that people work through, of everybody who meets a query: readable columns, as a workbook or as CSV.
import { type ReactNode } from "react";

import type { Values } from "@/api/client";
import { queryConditions } from "@/lists/lists";
import type { CustomerQuery } from "@/pages-map";

import { FileButton } from "./FileButton";

interface Props {
  query: CustomerQuery;
  name: string;
  form: "csv" | "xlsx";
  look?: "main" | "plain";
  children: ReactNode;
}

export function CallListButton({ query, name, form, look, children }: Props) {
  const values: Values = { ...(queryConditions(query) as Values), sort: query.sort, format: form };
  return (
    <FileButton path="/api/v1/customers-export" values={values} name={name} look={look}>
      {children}
    </FileButton>
  );
}
