import { readingWorkers } from "../../../core/domain/situation.ts";
import type { Worker } from "../api/types.ts";
import { count, duration } from "../format.ts";
import { health, stats } from "../state/live.ts";
import { Blank } from "./blank.tsx";
import { Fact } from "./fact.tsx";

/** More workers than this are counted, not named. */
const namedWorkers = 4;

/** The queue, the workers, and what everything stands on. */
export function SystemPanel() {
  const { data } = stats.known.value;
  const checks = health.known.value.data?.checks;
  return (
    <section class="panel system" aria-labelledby="system-title" aria-busy={data === undefined}>
      <h2 id="system-title">Queue and workers</h2>
      <dl class="facts">
        <Fact name="Waiting in the queue">{data === undefined ? blank : depth(data.queueDepth)}</Fact>
        <Fact name="Longest wait">{data === undefined ? blank : duration(data.oldestPendingAgeMs)}</Fact>
        <Fact name="MySQL">{checks === undefined ? blank : <Check value={checks.mysql} />}</Fact>
        <Fact name="Redis">{checks === undefined ? blank : <Check value={checks.redis} />}</Fact>
        <Fact name="Workers seen">{data === undefined ? blank : count(readingWorkers(data).length)}</Fact>
      </dl>
      <Workers workers={data?.workers ?? []} />
    </section>
  );
}

const blank = <Blank />;

const depth = (value: number | null) => (value === null ? <span class="muted">not known</span> : count(value));

function Check({ value }: { readonly value: "ok" | "unavailable" }) {
  return (
    <span class="check" data-tone={value === "ok" ? "good" : "bad"}>
      <span class="dot" aria-hidden="true" />
      {value === "ok" ? "answers" : "away"}
    </span>
  );
}

function Workers({ workers }: { readonly workers: readonly Worker[] }) {
  const latest = workers.toSorted((one, other) => one.lastSeenAgoMs - other.lastSeenAgoMs);
  const more = latest.length - namedWorkers;
  return (
    <ul class="workers">
      {latest.slice(0, namedWorkers).map(({ id, lastSeenAgoMs }) => (
        <li key={id}>
          <code title={id}>{id}</code>
          <span class="muted">{lastSeenAgoMs < 2_000 ? "now" : `${duration(lastSeenAgoMs)} ago`}</span>
        </li>
      ))}
      {more > 0 && <li class="muted">and {count(more)} more</li>}
    </ul>
  );
}
