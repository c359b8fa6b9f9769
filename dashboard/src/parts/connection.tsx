import { moment, relative } from "../format.ts";
import { now, systemNow } from "../state/clock.ts";
import { stats } from "../state/live.ts";

/** Whether what is shown is fresh: live with the age of the counts, or how old it is. */
export function Connection() {
  const { data, at, error } = stats.known.value;
  if (error !== undefined) {
    const age = at === undefined ? "nothing known yet" : `as of ${relative(at, now.value)}`;
    return <State tone="bad" text="Not live" detail={age} />;
  }
  if (data === undefined) return <State tone="idle" text="Connecting" detail="" />;
  const age = relative(Date.parse(data.asOf), systemNow.value);
  return <State tone="good" text="Live" detail={`counted ${age}`} title={moment(data.asOf)} />;
}

interface StateProps {
  readonly tone: "good" | "bad" | "idle";
  readonly text: string;
  readonly detail: string;
  readonly title?: string;
}

function State({ tone, text, detail, title }: StateProps) {
  return (
    <p class="connection" data-tone={tone} title={title}>
      <span class="dot" aria-hidden="true" />
      <b>{text}</b>
      <span class="connection-detail">{detail}</span>
    </p>
  );
}
