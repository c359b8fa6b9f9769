import type { Trouble, Why } from "../api/types.ts";
import { Blank } from "../parts/blank.tsx";
import { Icon } from "../parts/icon.tsx";
import type { Known } from "../state/poll.ts";
import { Sentence } from "./sentence.tsx";

/** Where the order is, what happens next, and what is amiss with its cure. */
export function Explanation({ known: { data: why, error } }: { readonly known: Known<Why> }) {
  return (
    <section class="panel why" aria-labelledby="why-title" aria-busy={why === undefined && error === undefined}>
      <h2 id="why-title">Where it is</h2>
      {why === undefined && error === undefined && <Blank text="Being looked up" />}
      {why === undefined && error !== undefined && <p class="muted">It could not be looked up. {error.message}</p>}
      {why !== undefined && (
        <>
          <p class="why-where">
            <Sentence text={why.where} />
          </p>
          <p class="why-next">
            <b>Next</b> <Sentence text={why.next} />
          </p>
          {why.troubles.map((trouble) => (
            <TroubleCard key={trouble.code} trouble={trouble} />
          ))}
        </>
      )}
    </section>
  );
}

function TroubleCard({ trouble: { code, detail, fix } }: { readonly trouble: Trouble }) {
  return (
    <div class="trouble">
      <Icon name="warning" />
      <div>
        <p>
          <Sentence text={detail} /> <code>{code}</code>
        </p>
        <p class="trouble-fix">
          <Sentence text={fix} />
        </p>
      </div>
    </div>
  );
}
