import { type Theme, theme, themes } from "../state/theme.ts";
import { Icon } from "./icon.tsx";

const signs = { auto: "auto", light: "sun", dark: "moon" } as const;
const names: Readonly<Record<Theme, string>> = { auto: "As the system", light: "Light", dark: "Dark" };

/** Light, dark, or as the system has it. */
export function ThemeChoice() {
  return (
    <fieldset class="segments">
      <legend class="unseen">Colours</legend>
      {themes.map((one) => (
        <label key={one} title={names[one]}>
          <input
            type="radio"
            name="theme"
            value={one}
            checked={theme.value === one}
            onChange={() => {
              theme.value = one;
            }}
          />
          <Icon name={signs[one]} />
          <span class="unseen">{names[one]}</span>
        </label>
      ))}
    </fieldset>
  );
}
