// What the operation cost, which limits it was charged with, and what was withheld.

import type { Cost, Limit, Report, ResponseError } from "../report";
import { milliseconds, pathText, rounded, withheldPath } from "./format";

export function Ledger({ report }: { report: Report }) {
  return (
    <div className="ledger">
      {report.cost && <CostTable cost={report.cost} />}
      {report.limits.length > 0 && <LimitTable limits={report.limits} />}
      {report.removed.length > 0 && <Removed errors={report.removed} />}
    </div>
  );
}

function CostTable({ cost }: { cost: Cost }) {
  const rows = Object.entries(cost.bySubgraph);
  return (
    <table aria-label="Cost">
      <thead>
        <tr>
          <th>Cost</th>
          <th>estimated</th>
          <th>actual</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, { estimated, actual }]) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{rounded(estimated)}</td>
            <td>{rounded(actual)}</td>
          </tr>
        ))}
        <tr className="total">
          <td>{cost.max === undefined ? "in all" : `in all, of ${rounded(cost.max)}`}</td>
          <td>{rounded(cost.estimated)}</td>
          <td>{rounded(cost.actual)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function LimitTable({ limits }: { limits: Limit[] }) {
  return (
    <table aria-label="Limits">
      <thead>
        <tr>
          <th>Limit</th>
          <th>charged</th>
          <th>left</th>
          <th>full again</th>
        </tr>
      </thead>
      <tbody>
        {limits.map((limit, index) => (
          <tr key={index} className={limit.isExceeded ? "exceeded" : ""}>
            <td>
              {limit.name}
              {limit.path && <code>{pathText(limit.path)}</code>}
            </td>
            <td>{limit.charged}</td>
            <td>{`${limit.remaining} of ${limit.limit}`}</td>
            <td>{milliseconds(limit.resetAfterMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Removed({ errors }: { errors: ResponseError[] }) {
  return (
    <table aria-label="Removed">
      <thead>
        <tr>
          <th>Left out of the plan</th>
          <th>why</th>
        </tr>
      </thead>
      <tbody>
        {errors.map((error, index) => (
          <tr key={index}>
            <td>
              <code>{withheldPath(error)}</code>
            </td>
            <td>{error.message}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
