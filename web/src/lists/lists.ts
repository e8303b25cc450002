// Lists of customers, kept by the server: made, added to, worked through; each change has a way back.
import { useQueryClient } from "@tanstack/react-query";

import { useAnswer } from "@/api/answers";
import { type Answer, ApiProblem, inPath, send } from "@/api/client";
import type { components } from "@/api/schema";
import type { CustomerQuery } from "@/pages-map";
import { say } from "@/parts/toasts";
import { count, many } from "@/words/format";

export type List = Answer<"/api/v1/lists">[number];
export type Status = components["schemas"]["EntryChange"]["status"];
type Added = components["schemas"]["Added"];
type Assigned = components["schemas"]["Assigned"];
type Conditions = components["schemas"]["Conditions"];
const PATH = "/api/v1/lists";

/** The conditions of a query, without its order: whom it lists. */
export function queryConditions(query: CustomerQuery): Partial<Conditions> {
  const { sort: _sort, order: _order, ...conditions } = query;
  return conditions as Partial<Conditions>;
}

/** What adding did, in a sentence. */
export function saidOf(added: Pick<Added, "added" | "already">, name: string): string {
  const before = added.already ? `, ${count(added.already)} ${added.already === 1 ? "was" : "were"} in it already` : "";
  return `${many(added.added, "customer")} added to “${name}”${before}.`;
}

export function useLists() {
  const client = useQueryClient();
  const lists = useAnswer(PATH);
  const refresh = () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === PATH || queryKey[0] === "/api/v1/today" || JSON.stringify(queryKey).includes("in_list") });

  const tried = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      say({ text: error instanceof ApiProblem ? `${error.problem} ${error.fix}` : "That did not work." });
    }
    await refresh();
  };

  /** Add all who meet a query to a list, or to a new one of this name. */
  const addAll = (query: CustomerQuery, to: List | { name: string; owner?: string }) =>
    tried(async () => {
      const isNew = !("id" in to);
      const list = isNew ? await send<List>("POST", PATH, { owner: "", ...to }) : to;
      let added: Added;
      try {
        added = await send<Added>("POST", `${PATH}/${list.id}/customers`, { conditions: queryConditions(query) });
      } catch (error) {
        if (isNew) await send("DELETE", `${PATH}/${list.id}`); // no empty list is left behind
        throw error;
      }
      // Only a new list can be taken back whole: who was added to one with members is not known apart from the others.
      const undo = isNew ? { undo: () => void tried(() => send("DELETE", `${PATH}/${list.id}`)) } : {};
      say({ text: saidOf(added, list.name), ...undo });
    });

  /** Keep a rule under a name, for everybody: who meets it is in the list, after every run. */
  const keepRule = (name: string, query: CustomerQuery) =>
    tried(async () => {
      const list = await send<List>("POST", PATH, { name, owner: "", rule: queryConditions(query) });
      say({ text: `“${name}” is a list for everybody: ${many(list.customers, "customer")} now, by this rule after every run.`, undo: () => void tried(() => send("DELETE", `${PATH}/${list.id}`)) });
    });

  /** Give all who meet a query an owner. */
  const assignAll = (query: CustomerQuery, owner: string) =>
    tried(async () => {
      const done = await send<Assigned>("POST", "/api/v1/owner", { owner, conditions: queryConditions(query) });
      const way = done.way_back;
      const undo = way ? { undo: () => void tried(async () => void (await send("POST", "/api/v1/owner/undo", way))) } : {};
      say({ text: `${many(done.assigned, "customer")} ${done.assigned === 1 ? "belongs" : "belong"} to ${owner} now.`, ...undo });
    });

  /** Give a list to somebody. */
  const assign = (list: List, owner: string) =>
    tried(async () => {
      await send("PATCH", `${PATH}/${list.id}`, { owner });
      const undo = () => void tried(async () => void (await send("PATCH", `${PATH}/${list.id}`, { owner: list.owner })));
      say({ text: owner ? `“${list.name}” belongs to ${owner} now.` : `“${list.name}” belongs to nobody now.`, undo });
    });

  const remove = (list: List) =>
    tried(async () => {
      await send("DELETE", `${PATH}/${list.id}`);
      say({ text: `“${list.name}” is removed.` });
    });

  /** Say what came of a customer: kept in the list that the customer is in, else in a list made for it. */
  const mark = (customer: { customer_id: string; in_list: number | null; status: string | null }, status: NonNullable<Status>) =>
    tried(async () => {
      const own = lists.data?.find((list) => list.name === WORKED && list.rule === null);
      const id = customer.in_list ?? own?.id ?? (await send<List>("POST", PATH, { name: WORKED })).id;
      if (customer.in_list === null) await send("POST", `${PATH}/${id}/customers`, { customer_ids: [customer.customer_id] });
      const entry = `${PATH}/${id}/customers/${inPath(customer.customer_id)}`;
      await send("PATCH", entry, { status });
      const undo = () =>
        void tried(async () => {
          if (customer.in_list === null) await send("POST", `${PATH}/${id}/customers/remove`, { customer_ids: [customer.customer_id] });
          else await send("PATCH", entry, { status: customer.status ?? "open" });
        });
      say({ text: status === "open" ? `${customer.customer_id} is open again.` : `${customer.customer_id} is marked as ${status}.`, undo });
    });

  return { lists, addAll, assignAll, keepRule, assign, remove, mark };
}

/** The list of those who were marked on the page Today and stood in no other. */
export const WORKED = "Worked through";
