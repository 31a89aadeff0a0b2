// `extensions.gateway`: how an answer came about, as the gateway tells it.

export interface PlannedFetch {
  id: number;
  subgraph: string;
  kind: "root" | "entity";
  isMutation: boolean;
  path: string;
  paths: string[];
  after: number[];
  operation: string;
  variables: string[];
  condition: string | null;
}

export interface TracedRequest {
  startMs: number;
  durationMs: number;
  bytesOut: number;
  bytesIn: number | null;
  status: number | null;
  entities: number;
  deduplicated: number;
  variables: Record<string, unknown>;
}

export interface ResponseError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; affectedPath?: string };
}

export type Outcome = "answered" | "failed" | "refused" | "idle" | "unwanted";

export interface TracedFetch {
  id: number;
  outcome: Outcome;
  requests: TracedRequest[];
  errors: ResponseError[];
}

export interface Cost {
  estimated: number;
  actual: number;
  max?: number;
  bySubgraph: Record<string, { estimated: number; actual: number }>;
}

export interface Limit {
  name: string;
  path: string[] | null;
  charged: number;
  isExceeded: boolean;
  limit: number;
  remaining: number;
  resetAfterMs: number;
}

export interface Demands {
  subgraphs: { name: string; requires?: string; override?: string }[];
  authenticated?: boolean;
  scopes?: string[][][];
  policies?: string[][][];
  cost?: string | number;
  listSize?: Record<string, unknown>;
  rateLimits?: string[];
}

export interface SchemaFacts {
  types: Record<string, { subgraphs: { name: string; keys: string[] }[] }>;
  fields: Record<string, Demands>;
}

export interface Report {
  plan: { operation: string; depth: number; fetches: PlannedFetch[] };
  trace: { durationMs: number; beforeFetchesMs: number; fetches: TracedFetch[] };
  removed: ResponseError[];
  limits: Limit[];
  cost: Cost | null;
  schema?: SchemaFacts;
}

interface Answer {
  errors?: ResponseError[];
  extensions?: { gateway?: Report } & Record<string, unknown>;
}

const LOG_IN_CODES: readonly unknown[] = ["UNAUTHORIZED_FIELD_OR_TYPE", "UNAUTHENTICATED"];

/** Whether an answer leaves something out that a log-in may give. */
export function wantsLogIn(answer: unknown): boolean {
  const errors = (answer as Answer | null)?.errors ?? [];
  return errors.some(({ extensions }) => LOG_IN_CODES.includes(extensions?.code));
}

/** Take the report out of an answer; people want to read the rest. */
export function takeReport<T>(answer: T): { report: Report | null; rest: T } {
  const extensions = (answer as Answer | null)?.extensions;
  const report = extensions?.gateway;
  if (!extensions || !report) return { report: null, rest: answer };
  const { gateway: _, ...others } = extensions;
  const { extensions: __, ...rest } = answer as Answer;
  const kept = Object.keys(others).length ? { ...rest, extensions: others } : rest;
  return { report, rest: kept as T };
}
