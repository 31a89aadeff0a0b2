// Below the documentation of a type or field: who serves it, and what it takes.

import { DOC_EXPLORER_PLUGIN, useDocExplorer } from "@graphiql/plugin-doc-explorer";
import { isNamedType } from "graphql";

import type { Demands, SchemaFacts } from "../report";
import { useFacts } from "../reports";
import { coordinateOf, demandsText } from "./demands";

/** GraphiQL knows its explorer by identity, so facts come into the one it has. */
export function addFactsToDocumentation(): void {
  const Documentation = DOC_EXPLORER_PLUGIN.content;
  DOC_EXPLORER_PLUGIN.content = () => (
    <>
      <Documentation />
      <Facts />
    </>
  );
}

function Facts() {
  const facts = useFacts();
  const stack = useDocExplorer();
  const top = stack[stack.length - 1];
  if (!facts || !top?.def) return null;
  if (isNamedType(top.def)) return <TypeFacts facts={facts} name={top.def.name} />;
  const coordinate = coordinateOf(stack);
  const demands = coordinate ? facts.fields[coordinate] : undefined;
  if (!coordinate || !demands) return null;
  return (
    <section className="facts" aria-label="Facts">
      <h4>Served by</h4>
      <Served demands={demands} />
      <Takes demands={demands} />
    </section>
  );
}

function TypeFacts({ facts, name }: { facts: SchemaFacts; name: string }) {
  const fields = Object.entries(facts.fields).filter(([key]) => key.startsWith(`${name}.`));
  if (!fields.length) return null;
  return (
    <section className="facts" aria-label="Facts">
      <h4>Served by</h4>
      <ul>
        {facts.types[name]?.subgraphs.map((subgraph) => (
          <li key={subgraph.name}>
            <Badge name={subgraph.name} />
            {subgraph.keys.map((key) => (
              <code key={key}>{key}</code>
            ))}
          </li>
        ))}
      </ul>
      <table>
        <tbody>
          {fields.map(([coordinate, demands]) => (
            <tr key={coordinate}>
              <th>{coordinate.slice(name.length + 1)}</th>
              <td>
                <Served demands={demands} />
                <Takes demands={demands} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Served({ demands }: { demands: Demands }) {
  return (
    <p>
      {demands.subgraphs.map(({ name, requires, override }) => (
        <span key={name}>
          <Badge name={name} />
          {requires && (
            <>
              needs <code>{requires}</code>
            </>
          )}
          {override && ` took it over from ${override}`}
        </span>
      ))}
    </p>
  );
}

function Takes({ demands }: { demands: Demands }) {
  const lines = demandsText(demands);
  if (!lines.length) return null;
  return (
    <ul className="takes">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Badge({ name }: { name: string }) {
  return <b className="badge">{name}</b>;
}
