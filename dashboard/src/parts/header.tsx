import { isNewOrderOpen, isPostingBatch, postHundred } from "../state/actions.ts";
import { forgetLive } from "../state/live.ts";
import { apiKey, isKeyWanted, signOut } from "../state/session.ts";
import { forgetAll } from "../state/use-poll.ts";
import { Connection } from "./connection.tsx";
import { Icon } from "./icon.tsx";
import { ThemeChoice } from "./theme-choice.tsx";

/** Where one is, whether what is shown is fresh, and what can be done anywhere. */
export function Header() {
  const isIn = isKeyWanted.value === undefined;
  return (
    <header class="header">
      <a class="brand" href="#/">
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M8 11h16M8 16h16M8 21h9" />
        </svg>
        <span>Orders</span>
      </a>
      {isIn && <Connection />}
      {isIn && <Actions />}
      <div class="header-tools">
        <ThemeChoice />
        {isIn && apiKey.value !== undefined && (
          <button type="button" class="button quiet" onClick={leave}>
            <Icon name="leave" />
            <span class="wide-only">Sign out</span>
            <span class="unseen narrow-only">Sign out</span>
          </button>
        )}
      </div>
    </header>
  );
}

/** Nothing of what the key opened is kept. */
function leave(): void {
  signOut();
  forgetAll();
  forgetLive();
}

function Actions() {
  return (
    <div class="header-actions">
      <button type="button" class="button" onClick={postHundred} aria-disabled={isPostingBatch.value}>
        <Icon name="stack" />
        {isPostingBatch.value ? "Posting…" : "Post 100"}
      </button>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          isNewOrderOpen.value = true;
        }}
      >
        <Icon name="plus" />
        New order
      </button>
    </div>
  );
}
