import { endedStatuses, type OrderWithHistory } from "../api/types.ts";
import { systemNow } from "../state/clock.ts";
import { lifespan, type Step, timeline } from "../timeline.ts";
import { StepItem } from "./step.tsx";

/** What happened to an order: each wait and each attempt, how long it took, who had it and how it ended. */
export function Timeline({ order }: { readonly order: OrderWithHistory }) {
  const steps = timeline(order.history);
  // How far the clocks are apart is known within seconds: an order's time never ends before its latest change.
  const end = Math.max(systemNow.value, Date.parse(order.updatedAt));
  const span = lifespan(steps, end);
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <ol class="steps">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end.
          <StepItem key={index} step={step} span={span} isLast={isLast(steps, index, order)} />
        ))}
      </ol>
    </section>
  );
}

/** Whether the order is there now. */
function isLast(steps: readonly Step[], index: number, { status }: OrderWithHistory): boolean {
  return index === steps.length - 1 && !endedStatuses.has(status);
}
