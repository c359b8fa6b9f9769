import type { ComponentChildren } from "preact";
import { readingWorkers } from "../../../core/domain/situation.ts";
import { duration } from "../format.ts";
import { now } from "../state/clock.ts";
import { health, stats } from "../state/live.ts";
import { isKeyWanted } from "../state/session.ts";
import { Icon } from "./icon.tsx";

/** What is amiss with the system as a whole, for as long as it is. */
export function Banner() {
  return (
    <div class="banners" role="status">
      {isKeyWanted.value === undefined && <Trouble />}
    </div>
  );
}

function Trouble() {
  const { error, data, at, retryAt = 0 } = stats.known.value;
  if (error !== undefined && error.status !== 401) {
    return (
      <Strip tone="bad" title={error.status === 503 ? "The database is away." : error.message}>
        {data !== undefined && at !== undefined && (
          // A screen reader is not told of each second.
          <span aria-hidden="true"> What you see was true {duration(now.value - at)} ago.</span>
        )}
        {" Trying again "}
        <RetryIn at={retryAt} />.
        <button type="button" class="button small" onClick={stats.refresh}>
          Try now
        </button>
      </Strip>
    );
  }
  if (data !== undefined && data.queueDepth === null) {
    return (
      <Strip tone="warn" title="Redis is away.">
        {" Orders are taken and kept, and worked on when it is back."}
      </Strip>
    );
  }
  if (data !== undefined && readingWorkers(data).length === 0 && health.known.value.data?.status === "ok") {
    return (
      <Strip tone="warn" title="No worker is seen.">
        {" Orders are taken and wait. Start a worker: npm start, or docker compose up worker-go."}
      </Strip>
    );
  }
  return null;
}

/** The seconds are for the eye: a screen reader is not told of each. */
function RetryIn({ at }: { readonly at: number }) {
  const seconds = Math.max(0, Math.ceil((at - now.value) / 1_000));
  return (
    <>
      <span aria-hidden="true">{seconds === 0 ? "now" : `in ${seconds} s`}</span>
      <span class="unseen">by itself</span>
    </>
  );
}

interface StripProps {
  readonly tone: "bad" | "warn";
  readonly title: string;
  readonly children: ComponentChildren;
}

function Strip({ tone, title, children }: StripProps) {
  return (
    <div class="banner" data-tone={tone}>
      <Icon name="warning" />
      <p>
        <b>{title}</b>
        {children}
      </p>
    </div>
  );
}
