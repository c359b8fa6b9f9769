import { type Status, statuses } from "../api/types.ts";
import { go } from "../state/address.ts";
import { searchFieldId } from "../state/keys.ts";
import { firstPage, type Listing } from "../state/route.ts";
import { Icon } from "./icon.tsx";
import { statusNames } from "./status.tsx";

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The list's title, its search and its filter. */
export function ListTools({ listing }: { readonly listing: Listing }) {
  const { status, item } = listing;
  const search = (text: string) => {
    if (uuid.test(text)) go({ page: "order", id: text.toLowerCase() });
    else go({ ...firstPage, ...(status && { status }), ...(text && { item: text }) });
  };
  const filter = (chosen: Status | undefined) =>
    go({ ...firstPage, ...(chosen && { status: chosen }), ...(item && { item }) });
  return (
    <div class="list-tools">
      <h2 id="list-title">{titleOf(listing)}</h2>
      <Search key={item} item={item ?? ""} search={search} />
      <select
        class="filter"
        aria-label="Status"
        value={status ?? ""}
        onChange={({ currentTarget }) => filter(statuses.find((one) => one === currentTarget.value))}
      >
        <option value="">Every status</option>
        {statuses.map((one) => (
          <option key={one} value={one}>
            {statusNames[one]}
          </option>
        ))}
      </select>
    </div>
  );
}

function titleOf({ status, item }: Listing): string {
  const kind = status === undefined ? "All orders" : `${statusNames[status]} orders`;
  return item === undefined ? kind : `${kind} with “${item}”`;
}

interface SearchProps {
  readonly item: string;
  readonly search: (text: string) => void;
}

function Search({ item, search }: SearchProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (event.currentTarget instanceof HTMLFormElement) search(textOf(event.currentTarget));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the element search has no onSubmit of its own.
    <form role="search" class="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        id={searchFieldId}
        name="text"
        type="search"
        aria-label="Search by item, or by an order's whole id"
        placeholder="Item or whole id"
        autoComplete="off"
        spellcheck={false}
        maxLength={255}
        defaultValue={item}
        aria-keyshortcuts="/"
        // The cross in the field, and Escape, empty it.
        onSearch={({ currentTarget }) => currentTarget.value === "" && item !== "" && search("")}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </form>
  );
}

function textOf(form: HTMLFormElement): string {
  return String(new FormData(form).get("text") ?? "").trim();
}
