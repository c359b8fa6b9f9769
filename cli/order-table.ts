import { styleText } from "node:util";
import type { OrderDocument } from "../core/api/documents.ts";
import { coloured, cut, grouped, plain } from "./output.ts";
import { relative } from "./times.ts";

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  /** Of a terminal that is too narrow, the columns with the lowest rank are left out first. */
  readonly rank: number;
  readonly text: (order: OrderDocument, now: number) => string;
}

const columns: readonly Column[] = [
  { title: "id", width: 36, align: "left", rank: 9, text: ({ id }) => id },
  { title: "status", width: 10, align: "left", rank: 8, text: ({ status }) => status },
  { title: "attempt", width: 7, align: "right", rank: 1, text: ({ attempt }) => grouped(attempt) },
  { title: "created", width: 16, align: "left", rank: 4, text: ({ createdAt }, now) => relative(createdAt, now) },
  { title: "quantity", width: 9, align: "right", rank: 3, text: ({ quantity }) => grouped(quantity) },
  { title: "price", width: 16, align: "right", rank: 2, text: ({ price }) => money(price) },
];

const gap = 2;
/** The item comes last, and gets what is left of the line, but this much at least. */
const leastItemWidth = 12;

/** How orders are set in lines that are aligned, and no longer than the width where there is one. */
export interface OrderTable {
  readonly head: string;
  readonly row: (order: OrderDocument, now: number) => string;
}

/** The table of orders for a terminal of this width; all of it where there is none. Rows are made one by one. */
export function orderTable(width: number | undefined): OrderTable {
  const shown = fitting(width);
  const itemWidth = width === undefined ? Number.POSITIVE_INFINITY : Math.max(1, width - widthOf(shown));
  const head = shown.map(({ title, width: columnWidth, align }) => aligned(title, columnWidth, align));
  return {
    head: styleText("dim", [...head, "item"].join(" ".repeat(gap))),
    row: (order, now) => {
      const cells = shown.map(({ title, width: columnWidth, align, text }) => {
        const cell = aligned(text(order, now), columnWidth, align);
        return title === "status" ? coloured(order.status, cell) : cell;
      });
      return [...cells, cut(plain(order.item), itemWidth)].join(" ".repeat(gap));
    },
  };
}

/** `1,299.99`. */
export function money(price: number): string {
  return price.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function fitting(width: number | undefined): readonly Column[] {
  if (width === undefined) return columns;
  let shown = columns;
  while (shown.length > 1 && widthOf(shown) + leastItemWidth > width) {
    const least = Math.min(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== least);
  }
  return shown;
}

/** With the gap before the item. */
function widthOf(shown: readonly Column[]): number {
  return shown.reduce((sum, { width }) => sum + width + gap, 0);
}

function aligned(text: string, width: number, align: Column["align"]): string {
  return align === "left" ? text.padEnd(width) : text.padStart(width);
}
