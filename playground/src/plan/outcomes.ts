// What became of a fetch, in words, and the figures of all its requests.

import type { Outcome, Report, TracedFetch } from "../report";

export const OUTCOMES: Record<Outcome, string> = {
  answered: "answered",
  failed: "answered with errors, or not at all",
  refused: "not sent: its subgraph is skipped or out of reach",
  idle: "not sent: there was nothing to ask for",
  unwanted: "not sent: left out by @skip or @include",
};

export const WAS_SENT: readonly Outcome[] = ["answered", "failed"];

export function tracedOf(report: Report, id: number): TracedFetch {
  const found = report.trace.fetches.find((fetch) => fetch.id === id);
  return found ?? { id, outcome: "idle", requests: [], errors: [] };
}

/** From its first request's start to its last one's end. */
export function spanMs(fetch: TracedFetch): number {
  const starts = fetch.requests.map((one) => one.startMs);
  const ends = fetch.requests.map((one) => one.startMs + one.durationMs);
  return starts.length ? Math.max(...ends) - Math.min(...starts) : 0;
}

/** One colour per subgraph, by its place among those of the plan. */
export function colourOf(report: Report, subgraph: string): string {
  const names = [...new Set(report.plan.fetches.map((fetch) => fetch.subgraph))].sort();
  return `var(--subgraph-${names.indexOf(subgraph) % 6})`;
}
