import type { Status } from "../api/types.ts";
import { clock, duration, moment } from "../format.ts";
import { StatusIcon, statusNames } from "../parts/status.tsx";
import type { lifespan, Outcome, Step } from "../timeline.ts";
import { Bar } from "./bar.tsx";

interface Props {
  readonly step: Step;
  readonly span: ReturnType<typeof lifespan>;
  /** Whether the order is there now. */
  readonly isLast: boolean;
}

/** One line of the timeline. */
export function StepItem({ step, span, isLast }: Props) {
  const end = "to" in step ? (step.to ?? span.to) : undefined;
  return (
    <li class="step" data-status={lookOf(step)} data-now={isLast}>
      <span class="step-icon">
        <StatusIcon status={lookOf(step)} />
      </span>
      <div class="step-text">
        <p class="step-title">
          <b>{titleOf(step)}</b>
          {step.kind === "attempt" && <Result outcome={step.outcome} />}
        </p>
        <Details step={step} />
      </div>
      <p class="step-times">
        {end !== undefined && step.kind !== "end" && <b>{duration(end - step.from)}</b>}
        <time dateTime={new Date(step.from).toISOString()} title={moment(step.from)}>
          {step.from === span.from ? clock(step.from, span.to) : `+${duration(step.from - span.from)}`}
        </time>
      </p>
      {step.kind !== "end" && end !== undefined && <Bar from={step.from} to={end} span={span} />}
    </li>
  );
}

const notes = {
  created: { pending: "Created, waiting in the queue", scheduled: "Created, waiting for its time" },
  redriven: { pending: "Redriven, waiting in the queue", scheduled: "Redriven" },
  due: { pending: "Due, waiting in the queue", scheduled: "Waiting for its time" },
  again: { pending: "Waiting in the queue again", scheduled: "Waiting before the next attempt" },
} as const;

function titleOf(step: Step): string {
  if (step.kind === "attempt") return `Attempt ${step.number}`;
  if (step.kind === "end") return statusNames[step.status];
  return notes[step.note][step.status];
}

const outcomes: Readonly<Record<Outcome, string>> = {
  running: "running",
  completed: "succeeded",
  failed: "failed for good",
  retried: "failed",
  lost: "worker was lost",
  released: "released",
};

function Result({ outcome }: { readonly outcome: Outcome }) {
  return (
    <span class="outcome" data-outcome={outcome}>
      {outcomes[outcome]}
    </span>
  );
}

function Details({ step }: { readonly step: Step }) {
  if (step.kind !== "attempt") return null;
  return (
    <>
      {step.worker !== undefined && (
        <p class="step-worker">
          held by <code>{step.worker}</code>
        </p>
      )}
      {step.reason !== undefined && <p class="step-reason">{step.reason}</p>}
    </>
  );
}

/** The status that the line has the shape and the colour of. */
function lookOf(step: Step): Status {
  if (step.kind !== "attempt") return step.status;
  if (step.outcome === "completed" || step.outcome === "running" || step.outcome === "released") return "processing";
  return "failed";
}
