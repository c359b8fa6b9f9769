/** Every route of the API; serverless.yml has the same list, and a test compares the two. */
export const routes = [
  { method: "GET", path: "/" },
  { method: "POST", path: "/orders" },
  { method: "GET", path: "/orders" },
  { method: "POST", path: "/orders/batch" },
  { method: "GET", path: "/orders/{id}" },
  { method: "GET", path: "/orders/{id}/why" },
  { method: "POST", path: "/orders/{id}/cancel" },
  { method: "POST", path: "/orders/{id}/redrive" },
  { method: "GET", path: "/stats" },
  { method: "GET", path: "/health" },
  { method: "GET", path: "/openapi.json" },
] as const;

/** The methods that a path can be asked with; none where there is no such path. */
export function allowedMethods(path: string): readonly string[] {
  const exact = routes.filter((route) => route.path === path);
  const found = exact.length > 0 ? exact : routes.filter((route) => matches(route.path, path));
  return found.map(({ method }) => method);
}

function matches(template: string, path: string): boolean {
  const parts = path.split("/");
  const expected = template.split("/");
  return (
    parts.length === expected.length &&
    expected.every((part, index) => (part.startsWith("{") ? parts[index] !== "" : part === parts[index]))
  );
}
