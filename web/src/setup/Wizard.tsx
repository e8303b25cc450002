"use client";
// From files to the first list: drop files, answer what only a person knows, see what they come to, make the list.
// Everything is kept by the server, so that a page loaded again goes on where it was.
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";

import { answerKey, useAnswer } from "@/api/answers";
import { type Answer, ApiProblem, ask, send } from "@/api/client";
import { KnownTotals } from "@/known/KnownTotals";
import { Button } from "@/parts/controls";
import { PageTitle } from "@/parts/PageTitle";
import { Section } from "@/parts/Section";
import { Loaded, Problem } from "@/parts/states";
import { say } from "@/parts/toasts";
import { many } from "@/words/format";

import { Check } from "./Check";
import { DropFiles } from "./DropFiles";
import { JobProgress } from "./JobProgress";
import { Question } from "./Question";
import { Sample } from "./Sample";
import { Taken } from "./Taken";
import { newFiles, titleOf } from "./words";

export type Progress = Answer<"/api/v1/setup">;
const PATH = "/api/v1/setup";
const JOBS = "/api/v1/jobs";
const LATEST = { limit: 20 };
const WATCH_EVERY = 1_000; // milliseconds, while a job is at work
const MAKES_A_LIST = ["run", "retrain", "import", "sample"];

export function Wizard() {
  const client = useQueryClient();
  const router = useRouter();
  const setup = useAnswer(PATH);
  const jobs = useAnswer(JOBS, { values: LATEST });
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [isSending, setSending] = useState(false);
  const hasLooked = useRef(false);
  const wantsCheck = useRef(false); // the answers changed: what the records come to is counted again, unasked
  const watched = useRef<{ job: string; kind: string } | null>(null);
  const progress = setup.data;
  const job = progress?.job ?? null;
  const { refetch } = setup;

  const open = useCallback(() => {
    void client.invalidateQueries();
    router.push("/");
  }, [client, router]);

  useEffect(() => {
    void refetch(); // another page or browser may have gone on meanwhile
  }, [refetch]);

  useEffect(() => {
    if (!job) return;
    watched.current = { job: job.job, kind: job.kind };
    const timer = setInterval(() => void refetch(), WATCH_EVERY);
    return () => clearInterval(timer);
  }, [job?.job, refetch]); // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    const ended = watched.current;
    if (job || !ended) return;
    watched.current = null;
    void (async () => {
      const { jobs: latest } = await client.fetchQuery({ queryKey: answerKey(JOBS, { values: LATEST }), queryFn: () => ask(JOBS, { values: LATEST }), staleTime: 0 });
      const done = latest.find((one) => one.job === ended.job);
      if (done?.state !== "done" || !MAKES_A_LIST.includes(ended.kind)) return;
      open();
      say({ text: ended.kind === "sample" ? "The simulated business is made: this is its list" : "The list is made" });
    })();
  }, [job, client, open]);

  const act = useCallback(
    async (work: () => Promise<unknown>) => {
      setBusy(true);
      setError(null);
      try {
        await work();
      } catch (problem) {
        setError(problem);
      } finally {
        await refetch();
        await client.invalidateQueries({ queryKey: [JOBS] });
        void client.invalidateQueries({ queryKey: ["/api/v1/known-totals"] }); // compared by other answers now
        setBusy(false);
      }
    },
    [client, refetch],
  );
  const post = useCallback((url: string, body: unknown = {}) => act(() => send("POST", url, body)), [act]);
  const look = useCallback(
    (body: unknown = {}) => {
      wantsCheck.current = true;
      return post(PATH, body);
    },
    [post],
  );

  const give = (question: string, value: string) => {
    wantsCheck.current = true;
    void act(async () => client.setQueryData(answerKey(PATH), await send<Progress>("POST", "/api/v1/setup/answers", { question, value })));
  };

  const hasCome = progress?.setup.state === "uploaded" && !job && !isBusy && !isSending;
  useEffect(() => {
    if (!hasCome || hasLooked.current) return;
    hasLooked.current = true; // where that fails, a person tries again
    void look();
  }, [hasCome, look]);

  const isOpen = progress?.setup.state === "ready" && !job && !isBusy;
  const isNew = isOpen && !progress.last_check && jobs.data?.jobs.length === 0;
  useEffect(() => {
    if (!isOpen || !(wantsCheck.current || isNew)) return;
    wantsCheck.current = false;
    void post("/api/v1/setup/check");
  }, [isOpen, isNew, post]);

  const ran = jobs.data?.jobs.find((one) => MAKES_A_LIST.includes(one.kind) && one.kind !== "sample");
  return (
    <Loaded answer={setup} page="setup">
      {(known) => {
        const { setup: state } = known;
        const waiting = newFiles(state);
        const isLocked = job !== null || isBusy;
        const isEmpty = state.state === "empty";
        return (
          <>
            <PageTitle page="setup">{titleOf(known, ran?.state === "done")}</PageTitle>
            {error !== null && (
              <div className="mb-6">
                <Problem error={error} />
                {isAboutFile(error) && (
                  <p className="mt-2">
                    <Button onClick={() => look({ replace: true })}>Replace it; a copy of the present one is kept</Button>
                  </p>
                )}
              </div>
            )}
            {job && <JobProgress job={job} onCancel={() => post(`/api/v1/jobs/${job.job}/cancel`)} />}
            {state.questions[0] && (
              <Section title={state.questions.length > 1 ? `The first of ${many(state.questions.length, "question")} that only you can answer` : "One question that only you can answer"}>
                <Question
                  key={state.questions[0].question}
                  question={state.questions[0]}
                  tables={state.tables}
                  isBusy={isLocked}
                  onAnswer={give}
                />
              </Section>
            )}
            {(state.state === "ready" || state.state === "configured") && (
              <Check progress={known} ran={ran} isBusy={isLocked} hasNewFiles={waiting.length > 0} onCheck={() => post("/api/v1/setup/check")} onRun={() => post("/api/v1/runs", { kind: "run" })} onOpen={open} />
            )}
            {(state.state === "ready" || state.state === "questions") && (
              <KnownTotals
                title="Does it match your own system?"
                isLocked={isLocked}
                onChanged={() => {
                  wantsCheck.current = true;
                  void refetch();
                }}
              />
            )}
            <Section title={isEmpty ? "" : "Files"}>
              <DropFiles
                uploads={state.uploads}
                isLarge={isEmpty}
                isLocked={isLocked}
                onChanged={() => {
                  hasLooked.current = false;
                  void refetch();
                }}
                onBegin={() => setSending(true)}
                onSent={() => setSending(false)}
              />
              {state.uploads.length > 0 && !isEmpty && (
                <div className="mt-4 flex flex-wrap gap-2">
                  {waiting.length > 0 && state.state !== "uploaded" && (
                    <Button look="main" disabled={isLocked} onClick={() => post("/api/v1/imports", { files: waiting, run: true })}>
                      Add {many(waiting.length, "new file")} and make the list
                    </Button>
                  )}
                  <Button look={state.state === "uploaded" ? "main" : "plain"} disabled={isLocked} onClick={() => look()}>
                    {state.state === "uploaded" ? "Look at these files" : "Begin again from all files"}
                  </Button>
                </div>
              )}
            </Section>
            <Taken setup={state} isLocked={isLocked} onAnswer={give} />
            {isEmpty && <Sample onShow={() => post("/api/v1/sample")} isBusy={isLocked} />}
          </>
        );
      }}
    </Loaded>
  );
}

const isAboutFile = (error: unknown) => error instanceof ApiProblem && error.status === 409 && error.problem.includes("holdfast.yaml");
