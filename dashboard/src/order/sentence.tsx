import { clock, moment } from "../format.ts";
import { systemTime } from "../state/clock.ts";

const times = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of the API, with the times in it as whoever looks tells them. */
export function Sentence({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(times).map((part) =>
        times.test(part) ? (
          <time key={part} dateTime={part} title={moment(part)}>
            {clock(Date.parse(part), systemTime())}
          </time>
        ) : (
          part
        ),
      )}
    </>
  );
}
