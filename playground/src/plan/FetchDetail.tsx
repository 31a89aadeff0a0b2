// One fetch: what its subgraph was asked, with what, and what was wrong.

import { parse, print } from "graphql";
import { useEffect, useRef } from "react";

import type { Report } from "../report";
import { bytes, counted, milliseconds, pathText } from "./format";
import { OUTCOMES, colourOf, tracedOf } from "./outcomes";

interface Props {
  report: Report;
  id: number;
  onClose: () => void;
}

export function FetchDetail({ report, id, onClose }: Props) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    // Some browsers give a promise here, which must not become the effect's clean-up.
    void place.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [id]);
  const fetch = report.plan.fetches.find((one) => one.id === id);
  if (!fetch) return null;
  const traced = tracedOf(report, id);
  return (
    <section ref={place} className="fetch-detail" aria-label={`Fetch ${id}`}>
      <header>
        <i style={{ background: colourOf(report, fetch.subgraph) }} />
        <b>{fetch.subgraph}</b>
        <span>{`fetch ${id}, ${OUTCOMES[traced.outcome]}`}</span>
        <button type="button" onClick={onClose} aria-label="Close">
          ×
        </button>
      </header>
      <dl>
        {fetch.paths.some(Boolean) && (
          <>
            <dt>for</dt>
            <dd>{fetch.paths.join(", ")}</dd>
          </>
        )}
        {fetch.after.length > 0 && (
          <>
            <dt>after</dt>
            <dd>{fetch.after.map((one) => `fetch ${one}`).join(", ")}</dd>
          </>
        )}
        {fetch.condition && (
          <>
            <dt>if</dt>
            <dd>{fetch.condition}</dd>
          </>
        )}
      </dl>
      {traced.errors.map((error, index) => (
        <p className="error" key={index}>
          <b>{error.extensions?.code}</b> {error.message} <code>{pathText(error.path)}</code>
        </p>
      ))}
      <h4>Operation</h4>
      <pre>{print(parse(fetch.operation))}</pre>
      {traced.requests.length === 0 && fetch.variables.length > 0 && (
        <>
          <h4>Variables</h4>
          <pre>{fetch.variables.map((name) => `$${name}`).join(", ")}</pre>
        </>
      )}
      {traced.requests.map((request, index) => (
        <div key={index}>
          <h4>
            {traced.requests.length > 1 ? `Request ${index + 1}` : "Request"}
            <small>
              {`${milliseconds(request.durationMs)}, ${bytes(request.bytesOut)} out, ${bytes(request.bytesIn)} in` +
                (request.status === null ? "" : `, HTTP ${request.status}`) +
                (request.entities ? `, ${counted(request.entities, "entity", "entities")}` : "") +
                (request.deduplicated ? `, ${request.deduplicated} deduplicated` : "")}
            </small>
          </h4>
          <pre>{JSON.stringify(request.variables, null, 2)}</pre>
        </div>
      ))}
    </section>
  );
}
