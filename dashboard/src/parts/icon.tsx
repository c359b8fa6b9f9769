const shapes = {
  plus: "M8 3v10M3 8h10",
  search: "M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0ZM10.5 10.5 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M13 8H3M7 4 3 8l4 4",
  next: "M3 8h10M9 4l4 4-4 4",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z",
  sun: "M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z",
  auto: "M2 3h12v8H2ZM5.5 14h5M8 11v3",
  stack: "M2 5l6-3 6 3-6 3ZM2 8l6 3 6-3M2 11l6 3 6-3",
  warning: "M8 2 15 14H1ZM8 6.5v3.5M8 12v.01",
  redo: "M13 3v4H9M12.6 7A5 5 0 1 0 13 9.5",
  leave: "M6 2H2v12h4M10 5l3 3-3 3M13 8H6",
} as const;

/** A sign beside a text that says the same. */
export function Icon({ name }: { readonly name: keyof typeof shapes }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
