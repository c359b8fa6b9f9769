import { dismiss, notices } from "../state/notices.ts";
import { Icon } from "./icon.tsx";

/** What was just done, told to screen readers as well. */
export function Notices() {
  return (
    <div class="notices" role="status">
      {notices.value.map(({ id, tone, text, href }) => (
        <div key={id} class="notice" data-tone={tone}>
          <p>
            {text} {href !== undefined && <a href={href}>Show it</a>}
          </p>
          <button type="button" class="button quiet small" onClick={() => dismiss(id)} aria-label="Dismiss">
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
