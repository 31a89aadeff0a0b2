// Log in by a mutation, and put the token where the gateway looks for it.

import type { Account, Login } from "../config";

interface Answer {
  data?: unknown;
  errors?: { message: string }[];
}

/** The token for an account. */
export async function logIn(url: string, login: Login, account: Account): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: login.query, variables: account.variables }),
  });
  return tokenIn((await response.json()) as Answer, login.token);
}

export function tokenIn(answer: Answer, path: string): string {
  const [error] = answer.errors ?? [];
  if (error) throw new Error(error.message);
  const token = path
    .split(".")
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], answer.data);
  if (typeof token !== "string") throw new Error(`The answer has no token at ${path}.`);
  return token;
}

/** The text of the header editor with one header set; what is no JSON is replaced. */
export function withHeader(text: string, name: string, value: string): string {
  const kept = Object.entries(headersIn(text)).filter(
    ([key]) => key.toLowerCase() !== name.toLowerCase(),
  );
  return JSON.stringify(Object.fromEntries([...kept, [name, value]]), null, 2);
}

/** The text of the header editor without one header. */
export function withoutHeader(text: string, name: string): string {
  const kept = Object.entries(headersIn(text)).filter(
    ([key]) => key.toLowerCase() !== name.toLowerCase(),
  );
  return kept.length ? JSON.stringify(Object.fromEntries(kept), null, 2) : "";
}

function headersIn(text: string): Record<string, unknown> {
  try {
    const headers = JSON.parse(text) as unknown;
    return headers && typeof headers === "object" ? (headers as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
