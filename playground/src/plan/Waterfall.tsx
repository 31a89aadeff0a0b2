// This very execution in time: a bar for each request, from when to when.

import type { Outcome, PlannedFetch, Report, TracedFetch, TracedRequest } from "../report";
import { bytes, counted, milliseconds } from "./format";
import { colourOf, tracedOf } from "./outcomes";

const FAILED = "hsl(var(--color-error))";

interface Props {
  report: Report;
  selected: number | null;
  onSelect: (id: number) => void;
}

export function Waterfall({ report, selected, onSelect }: Props) {
  const { durationMs, beforeFetchesMs } = report.trace;
  return (
    <div className="waterfall" role="table" aria-label="Waterfall">
      <div className="waterfall-row own" role="row">
        <span role="cell">gateway</span>
        <Bar startMs={0} durationMs={Math.min(beforeFetchesMs, durationMs)} totalMs={durationMs} colour="var(--gateway)" />
        <span role="cell" className="figures">
          {`${milliseconds(beforeFetchesMs)} before the first fetch, ${milliseconds(durationMs)} in all`}
        </span>
      </div>
      {report.plan.fetches.flatMap((fetch) => {
        const traced = tracedOf(report, fetch.id);
        const row = {
          report,
          fetch,
          outcome: traced.outcome,
          isSelected: selected === fetch.id,
          onSelect,
        };
        if (!traced.requests.length) {
          return [<Row key={fetch.id} {...row} request={null} note={traced.outcome} />];
        }
        return traced.requests.map((request, index) => (
          <Row
            key={`${fetch.id}-${index}`}
            {...row}
            request={request}
            note={noteOf(traced)}
          />
        ));
      })}
    </div>
  );
}

function noteOf({ outcome, errors }: TracedFetch): string {
  if (errors.length) return counted(errors.length, "error");
  return outcome === "answered" ? "" : outcome;
}

interface RowProps {
  report: Report;
  fetch: PlannedFetch;
  outcome: Outcome;
  request: TracedRequest | null;
  note: string;
  isSelected: boolean;
  onSelect: (id: number) => void;
}

function Row({ report, fetch, outcome, request, note, isSelected, onSelect }: RowProps) {
  return (
    <button
      type="button"
      className={`waterfall-row ${outcome}${isSelected ? " selected" : ""}`}
      aria-label={`Fetch ${fetch.id} from ${fetch.subgraph}, ${outcome}`}
      role="row"
      onClick={() => onSelect(fetch.id)}
    >
      <span role="cell">
        <i>{fetch.id}</i> {fetch.subgraph}
      </span>
      {request ? (
        <Bar
          startMs={request.startMs}
          durationMs={request.durationMs}
          totalMs={report.trace.durationMs}
          colour={outcome === "failed" ? FAILED : colourOf(report, fetch.subgraph)}
        />
      ) : (
        <span role="cell" className="track" />
      )}
      <span role="cell" className="figures">
        {request && figures(request)}
        {note && <em>{note}</em>}
      </span>
    </button>
  );
}

function figures(request: TracedRequest): string {
  const parts = [milliseconds(request.durationMs), bytes(request.bytesIn)];
  if (request.entities) parts.push(counted(request.entities, "entity", "entities"));
  if (request.deduplicated) parts.push(`${request.deduplicated} deduplicated`);
  return parts.join(" · ");
}

interface BarProps {
  startMs: number;
  durationMs: number;
  totalMs: number;
  colour: string;
}

function Bar({ startMs, durationMs, totalMs, colour }: BarProps) {
  const percent = (value: number): string => `${(100 * value) / Math.max(totalMs, 0.001)}%`;
  return (
    <span role="cell" className="track">
      <span
        className="bar"
        style={{ left: percent(startMs), width: percent(durationMs), background: colour }}
      />
    </span>
  );
}
