// A link to the page with an operation in it, as GraphQL's GET has it.

interface Linked {
  initialQuery?: string;
  initialVariables?: string;
}

/** What the page begins with; nothing where the link names no operation. */
export function linkedOperation(search: string): Linked {
  const parameters = new URLSearchParams(search);
  const query = parameters.get("query");
  if (!query?.trim()) return {};
  return { initialQuery: query, initialVariables: readable(parameters.get("variables") ?? "") };
}

function readable(variables: string): string {
  try {
    return JSON.stringify(JSON.parse(variables), null, 2);
  } catch {
    return variables;
  }
}
