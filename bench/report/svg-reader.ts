/** The lines of text of a drawing, for tests. */
export function texts(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/g)].map(([, inner = ""]) => inner.replaceAll(/<[^>]+>/g, ""));
}

/** Tags that are opened or closed without the other, for tests: none in a document that is well-formed. */
export function unclosedTags(svg: string): string[] {
  const open: string[] = [];
  const odd: string[] = [];
  for (const [, slash, name = "", own] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[a-zA-Z:-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (slash === "/" && open.at(-1) === name) open.pop();
    else if (slash === "/") odd.push(name);
    else if (own !== "/") open.push(name);
  }
  const [left] = svg.match(/<(?![/a-z])|&(?!(?:amp|lt|gt|quot);)/) ?? [];
  return [...odd, ...open, ...(left === undefined ? [] : [left])];
}
