import { type Status, statuses } from "../api/types.ts";
import { count } from "../format.ts";
import { stats } from "../state/live.ts";
import { firstPage, hrefOf, type Listing } from "../state/route.ts";
import { Blank } from "./blank.tsx";
import { StatusIcon, statusNames } from "./status.tsx";

/** How many orders there are of each status; each leads to its orders, and back to all when it is chosen. */
export function StatusTiles({ listing }: { readonly listing: Listing }) {
  const { data } = stats.known.value;
  return (
    <nav class="tiles panel" aria-label="Orders by status" aria-busy={data === undefined}>
      {statuses.map((status) => (
        <Tile key={status} status={status} value={data?.counts[status]} isChosen={listing.status === status} />
      ))}
    </nav>
  );
}

interface TileProps {
  readonly status: Status;
  readonly value: number | undefined;
  readonly isChosen: boolean;
}

function Tile({ status, value, isChosen }: TileProps) {
  const to = isChosen ? firstPage : { ...firstPage, status };
  return (
    <a class="tile" href={hrefOf(to)} aria-current={isChosen ? "true" : undefined} data-status={status}>
      <span class="tile-name">
        <StatusIcon status={status} />
        {statusNames[status]}
      </span>
      <span class="tile-value" data-zero={value === 0}>
        {value === undefined ? <Blank /> : count(value)}
      </span>
    </a>
  );
}
