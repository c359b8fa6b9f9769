import type { Page } from "../api/load-page.ts";
import { firstPage, hrefOf, type Listing } from "../state/route.ts";
import { Icon } from "./icon.tsx";

interface Props {
  readonly listing: Listing;
  readonly page: Page;
}

/** The pages of a list go in one direction, as its cursors do; the way back is the browser's, or to the beginning. */
export function Pager({ listing, page: { orders, nextCursor, isPartial } }: Props) {
  const { number } = listing;
  if (number === 1 && nextCursor === null) return null;
  const { status, item } = listing;
  const first = { ...firstPage, ...(status && { status }), ...(item && { item }) };
  return (
    <nav class="pager" aria-label="Pages of the list">
      <p class="muted">
        Page {number}
        {isPartial && `, ${orders.length} found so far; older orders were not looked at yet`}
      </p>
      {number > 1 && (
        <>
          <a class="button" href={hrefOf(first)}>
            First
          </a>
          <button type="button" class="button" onClick={() => history.back()}>
            <Icon name="back" />
            Back
          </button>
        </>
      )}
      {nextCursor !== null && (
        <a class="button" href={hrefOf({ ...first, cursor: nextCursor, number: number + 1 })}>
          {isPartial ? "Search further" : "Next"}
          <Icon name="next" />
        </a>
      )}
    </nav>
  );
}
