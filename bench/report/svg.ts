/** The colours of a theme. */
interface Theme {
  readonly page: string;
  readonly frame: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** A bar of somebody else. */
  readonly other: string;
  /** What a figure is compared with, and the plots' lines, which also differ in their marks. */
  readonly series: readonly string[];
}

const light: Theme = {
  ...{ page: "#ffffff", frame: "#d1d9e0", ink: "#1f2328", muted: "#59636e", grid: "#e4e9ee", other: "#a9b4c0" },
  series: ["#0969da", "#bc4c00", "#1a7f37", "#8250df"],
};

const dark: Theme = {
  ...{ page: "#0d1117", frame: "#3d444d", ink: "#f0f6fc", muted: "#9198a1", grid: "#262c36", other: "#59636e" },
  series: ["#4493f8", "#f0883e", "#3fb950", "#ab7df8"],
};

/** As many series have a colour of their own. */
export const seriesColours = light.series.length;

/** A drawing that stands alone. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Read aloud instead of the drawing. */
  readonly title: string;
  readonly description: string;
  readonly body: readonly string[];
}

/**
 * An SVG document in the reader's light or dark theme. It brings its own ground, because a page's theme and the
 * reader's may differ, and asks for nothing from elsewhere.
 */
export function svgDocument({ width, height, title, description, body }: Drawing): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(description)}</desc>`,
    "<style>",
    'text{font-family:-apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;font-size:13px;font-variant-numeric:tabular-nums}',
    ".title{font-size:19px;font-weight:600}.heading{font-size:14px;font-weight:600}.small{font-size:12px}.strong{font-weight:600}",
    ".line,.spread,.limit,.grid{fill:none}.line{stroke-width:2}.spread{stroke-width:1.25}.limit{stroke-width:1.5;stroke-dasharray:4 3}",
    // Figures that stand on lines keep these at a distance.
    ".band{fill-opacity:0.6}.halo{paint-order:stroke;stroke-width:4;stroke-linejoin:round}",
    ...themeRules(light),
    `@media (prefers-color-scheme:dark){${themeRules(dark).join("")}}`,
    "</style>",
    `<rect class="page frame" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...body,
    "</svg>",
  ].join("\n")}\n`;
}

function themeRules({ page, frame, ink, muted, grid, other, series }: Theme): string[] {
  return [
    `.page{fill:${page}}.frame{stroke:${frame}}.ink{fill:${ink}}.muted{fill:${muted}}.grid{stroke:${grid}}`,
    `.other{fill:${other}}.other-line{stroke:${other}}.spread{stroke:${ink}}.band{fill:${grid}}.halo{stroke:${page}}`,
    ...series.map((colour, index) => `.fill-${index}{fill:${colour}}.line-${index}{stroke:${colour}}`),
  ];
}

/** A piece of text with classes of its own. */
export interface Span {
  readonly text: string;
  readonly class: string;
}

/** One line of text. */
export function textAt(x: number, y: number, spans: Span | readonly Span[], anchor?: "middle" | "end"): string {
  const all: readonly Span[] = "text" in spans ? [spans] : spans;
  const place = `x="${round(x)}" y="${round(y)}"${anchor === undefined ? "" : ` text-anchor="${anchor}"`}`;
  const [only] = all;
  if (all.length === 1 && only !== undefined)
    return `<text ${place} class="${only.class}">${escapeXml(only.text)}</text>`;
  const told = all.map(({ text, class: classes }, index) => {
    const gap = index === 0 ? "" : ' dx="7"';
    return `<tspan class="${classes}"${gap}>${escapeXml(text)}</tspan>`;
  });
  return `<text ${place}>${told.join("")}</text>`;
}

/** A line through points. */
export function lineThrough(points: readonly (readonly [number, number])[], classes: string): string {
  const [first, ...others] = points.map(([x, y]) => `${round(x)} ${round(y)}`);
  return `<path class="${classes}" d="M${first}${others.map((point) => `L${point}`).join("")}"/>`;
}

/** A spread from one end to the other, with a cap at each; as long as it can be seen. */
export function spreadMark(from: readonly [number, number], to: readonly [number, number]): string[] {
  const [[x1, y1], [x2, y2]] = [from, to];
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 3) return [];
  const [capX, capY] = [(3 * (y2 - y1)) / length, (3 * (x2 - x1)) / length];
  const cap = (x: number, y: number) => `M${round(x - capX)} ${round(y - capY)}L${round(x + capX)} ${round(y + capY)}`;
  const line = `M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}`;
  return [`<path class="spread" d="${line}${cap(x1, y1)}${cap(x2, y2)}"/>`];
}

/** A rectangle. */
export function rectangle(
  [x, y, width, height]: readonly [number, number, number, number],
  classes: string,
  radius = 0,
): string {
  const rounded = radius > 0 ? ` rx="${round(Math.min(radius, width / 2))}"` : "";
  return `<rect class="${classes}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${rounded}/>`;
}

/** A tenth of a pixel is enough. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Text for XML's content and attributes; characters that XML 1.0 does not allow are left out. */
function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}
