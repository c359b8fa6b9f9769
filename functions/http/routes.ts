/** Every route of the API; serverless.yml has the same list, and a test compares the two. */
export const routes = [
  { method: "POST", path: "/orders" },
  { method: "GET", path: "/orders" },
  { method: "GET", path: "/orders/{id}" },
  { method: "GET", path: "/health" },
] as const;

/** The methods that a path can be asked with; none where there is no such path. */
export function allowedMethods(path: string): readonly string[] {
  return routes.filter((route) => matches(route.path, path)).map(({ method }) => method);
}

function matches(template: string, path: string): boolean {
  const parts = path.split("/");
  const expected = template.split("/");
  return (
    parts.length === expected.length &&
    expected.every((part, index) => (part.startsWith("{") ? parts[index] !== "" : part === parts[index]))
  );
}
