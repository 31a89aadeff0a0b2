// What the page must know of its gateway: JSON in the HTML, so that no script is inline.

export interface Example {
  name: string;
  query: string;
  variables: Record<string, unknown>;
}

export interface Account {
  name: string;
  variables: Record<string, unknown>;
}

export interface Login {
  query: string;
  token: string;
  header: string;
  prefix: string;
  accounts: Account[];
}

export interface Config {
  endpoint: string;
  example: string;
  examples: Example[];
  login: Login | null;
  traces: boolean;
}

export function readConfig(): Config {
  const text = document.getElementById("config")?.textContent;
  if (!text) throw new Error("The page has no configuration.");
  return JSON.parse(text) as Config;
}
