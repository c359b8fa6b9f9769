import type { ApiError } from "../api/errors.ts";
import { isNewOrderOpen, postHundred } from "../state/actions.ts";
import { firstPage, hrefOf, type Listing } from "../state/route.ts";

interface EmptyProps {
  readonly listing: Listing;
  /** Whether there is more to look at. */
  readonly isPartial: boolean;
}

/** A list without orders: because there are none at all, none that fit, or none found so far. */
export function EmptyList({ listing: { status, item }, isPartial }: EmptyProps) {
  if (status === undefined && item === undefined) return <NoOrders />;
  const kind = status === undefined ? "order" : `${status} order`;
  const what = item === undefined ? `There is no ${kind}.` : `No ${kind} has “${item}” in its item.`;
  return (
    <div class="nothing">
      <p class="nothing-title">{isPartial ? `${what.slice(0, -1)} so far.` : what}</p>
      {isPartial && <p>There are older orders that were not looked at yet: search further below.</p>}
      <a class="button" href={hrefOf(firstPage)}>
        Show all orders
      </a>
    </div>
  );
}

function NoOrders() {
  return (
    <div class="nothing">
      <p class="nothing-title">No orders yet.</p>
      <p>Post one and watch it being worked on.</p>
      <div class="nothing-actions">
        <button
          type="button"
          class="button primary"
          onClick={() => {
            isNewOrderOpen.value = true;
          }}
        >
          Post the first order
        </button>
        <button type="button" class="button" onClick={postHundred}>
          Post 100 samples
        </button>
      </div>
    </div>
  );
}

interface FailedProps {
  readonly error: ApiError;
  readonly retry: () => void;
}

/** A list that could not be read. */
export function FailedList({ error, retry }: FailedProps) {
  return (
    <div class="nothing" data-tone="bad">
      <p class="nothing-title">The orders could not be read.</p>
      <p>{error.message}</p>
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
      <a class="button" href={hrefOf(firstPage)}>
        Show all orders
      </a>
    </div>
  );
}
