import type { ApiError } from "../api/errors.ts";
import { Blank } from "../parts/blank.tsx";
import { lastListing } from "../state/address.ts";
import { hrefOf } from "../state/route.ts";

/** While an order is being read for the first time. */
export function OrderPlaceholder() {
  return (
    <div class="panel nothing">
      <Blank text="Reading the order" />
    </div>
  );
}

export function NoSuchOrder({ id }: { readonly id: string }) {
  return (
    <div class="panel nothing">
      <h1 class="nothing-title">There is no such order.</h1>
      <p>
        None has the id <code>{id}</code>. Was a part of it lost on the way? It may also be archived.
      </p>
      <a class="button" href={hrefOf(lastListing.value)}>
        Back to the list
      </a>
    </div>
  );
}

interface FailedProps {
  readonly error: ApiError;
  readonly retry: () => void;
}

export function FailedOrder({ error, retry }: FailedProps) {
  return (
    <div class="panel nothing" data-tone="bad">
      <h1 class="nothing-title">The order could not be read.</h1>
      <p>{error.message}</p>
      <button type="button" class="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
