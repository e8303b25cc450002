"use client";
// From files to the first list: drop files, see what they are taken for, answer what only a person knows, check, run.
// Everything is kept by the server, so that a page loaded again goes on where it was.
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

import { answerKey, useAnswer } from "@/api/answers";
import { type Answer, ApiProblem, send } from "@/api/client";
import { Button, ButtonLink } from "@/parts/controls";
import { PageTitle } from "@/parts/PageTitle";
import { Section } from "@/parts/Section";
import { Loaded, Problem } from "@/parts/states";
import { many } from "@/words/format";

import { Check } from "./Check";
import { DropFiles } from "./DropFiles";
import { JobProgress } from "./JobProgress";
import { Question } from "./Question";
import { Taken } from "./Taken";

export type Progress = Answer<"/api/v1/setup">;
const PATH = "/api/v1/setup";
const WATCH_EVERY = 1_000; // milliseconds, while a job is at work

export function Wizard() {
  const client = useQueryClient();
  const router = useRouter();
  const setup = useAnswer(PATH);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const job = setup.data?.job ?? null;
  const watched = job?.job;
  const { refetch } = setup;

  useEffect(() => {
    if (!watched) return;
    const timer = setInterval(() => void refetch(), WATCH_EVERY);
    return () => clearInterval(timer);
  }, [watched, refetch]);

  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      await refetch();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const post = (url: string, body: unknown = {}) => act(() => send("POST", url, body));
  const keep = (answer: Progress) => client.setQueryData(answerKey(PATH), answer);

  return (
    <Loaded answer={setup} page="setup">
      {(progress) => (
        <>
          <PageTitle page="setup">{titleOf(progress)}</PageTitle>
          {error !== null && (
            <div className="mb-6">
              <Problem error={error} />
              {isAboutFile(error) && (
                <p className="mt-2">
                  <Button onClick={() => post(PATH, { replace: true })}>Replace it; a copy of the present one is kept</Button>
                </p>
              )}
            </div>
          )}
          {job && <JobProgress job={job} onCancel={() => post(`/api/v1/jobs/${job.job}/cancel`)} />}
          <DropFiles uploads={progress.setup.uploads} onChanged={() => void refetch()} isLocked={job !== null} />
          {progress.setup.uploads.length > 0 && (
            <p className="mt-4">
              <Button look={progress.setup.state === "uploaded" ? "main" : "plain"} disabled={isBusy || job !== null} onClick={() => post(PATH)}>
                {progress.setup.state === "uploaded" ? "Look at these files" : "Look at the files again"}
              </Button>
            </p>
          )}
          {progress.setup.questions[0] && (
            <Section title={`${many(progress.setup.questions.length, "question")} that only you can answer`}>
              <Question
                key={progress.setup.questions[0].question}
                question={progress.setup.questions[0]}
                isBusy={isBusy}
                onAnswer={(question, value) => act(async () => keep(await send<Progress>("POST", "/api/v1/setup/answers", { question, value })))}
              />
            </Section>
          )}
          {(progress.setup.state === "ready" || progress.setup.state === "configured") && (
            <Check
              progress={progress}
              isBusy={isBusy || job !== null}
              onCheck={() => post("/api/v1/setup/check")}
              onRun={() => post("/api/v1/runs", { kind: "run" })}
              onOpen={() => {
                client.clear();
                router.push("/");
              }}
            />
          )}
          <Taken setup={progress.setup} />
          {progress.setup.state === "empty" && <Sample onShow={() => post("/api/v1/sample", {})} isBusy={isBusy || job !== null} />}
        </>
      )}
    </Loaded>
  );
}

function titleOf({ setup, job, last_check: check }: Progress): string {
  if (job) return `At work: ${job.doing || job.kind}`;
  if (setup.state === "empty") return "Drop a file with your customers or their orders";
  if (setup.state === "uploaded") return `${many(setup.uploads.length, "file")} came; next, a look at what they hold`;
  if (setup.state === "questions") return `${many(setup.questions.length, "question")} before the records can be used`;
  if (check?.state === "done" && check.result?.["is_ready"] === true) return "The records can be used: run, and the list is made";
  if (setup.state === "ready") return "Nothing is open: check the records, then run";
  return "This project has its settings already; add files, check, or run";
}

const isAboutFile = (error: unknown) => error instanceof ApiProblem && error.status === 409 && error.problem.includes("holdfast.yaml");

function Sample({ onShow, isBusy }: { onShow: () => void; isBusy: boolean }) {
  return (
    <Section title="No file at hand?" said="A simulated business shows what you get; it is marked as simulated everywhere and goes again with one click.">
      <div className="flex flex-wrap gap-2">
        <Button disabled={isBusy} onClick={onShow}>
          Show a simulated business
        </Button>
        <ButtonLink href="/">To Today</ButtonLink>
      </div>
    </Section>
  );
}
