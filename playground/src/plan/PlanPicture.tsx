// The plan as a picture: fetches from left to right, lines for what waits for what.

import type { PlannedFetch, Report } from "../report";
import { endOfPath, milliseconds, shortened } from "./format";
import { type Place, layOut } from "./layout";
import { WAS_SENT, colourOf, spanMs, tracedOf } from "./outcomes";

const WIDTH = 160;
const HEIGHT = 46;
const GAP_X = 40;
const GAP_Y = 14;
const EDGE = 6;
const SMALLEST = 0.75;

interface Props {
  report: Report;
  selected: number | null;
  onSelect: (id: number) => void;
}

export function PlanPicture({ report, selected, onSelect }: Props) {
  const { fetches } = report.plan;
  const { places, lines, columns, rows } = layOut(fetches);
  const most = Math.max(...rows);
  const width = columns * (WIDTH + GAP_X) - GAP_X + 2 * EDGE;
  const height = most * (HEIGHT + GAP_Y) - GAP_Y + 2 * EDGE;
  const at = ({ column, row }: Place): Point => ({
    x: EDGE + column * (WIDTH + GAP_X),
    y: EDGE + (row + (most - (rows[column] ?? 0)) / 2) * (HEIGHT + GAP_Y),
  });
  const placeOf = (id: number): Place => places.get(id) ?? { column: 0, row: 0 };
  return (
    <div className="plan-picture">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        style={{ maxWidth: width, minWidth: width * SMALLEST }}
        role="group"
        aria-label="Query plan"
      >
        {lines.map(({ from, to, via }) => (
          <Line
            key={`${from}-${to}`}
            points={[placeOf(from), ...via, placeOf(to)].map(at)}
            isLit={selected === to || selected === from}
          />
        ))}
        {fetches.map((fetch) => (
          <Box
            key={fetch.id}
            report={report}
            fetch={fetch}
            at={at(placeOf(fetch.id))}
            isSelected={selected === fetch.id}
            onSelect={() => onSelect(fetch.id)}
          />
        ))}
      </svg>
    </div>
  );
}

interface Point {
  x: number;
  y: number;
}

/** From the right side of the first box to the left one of the last. */
function Line({ points, isLit }: { points: Point[]; isLit: boolean }) {
  const middle = HEIGHT / 2;
  const bend = GAP_X / 2;
  let path = "";
  points.forEach(({ x, y }, index) => {
    if (index === 0) {
      path = `M${x + WIDTH},${y + middle}`;
      return;
    }
    const before = points[index - 1] as Point;
    const end = index === points.length - 1 ? x - 6 : x;
    path += ` C${before.x + WIDTH + bend},${before.y + middle} ${x - bend},${y + middle} ${end},${y + middle}`;
    if (index < points.length - 1) path += ` H${x + WIDTH}`;
  });
  const { x, y } = points[points.length - 1] as Point;
  return (
    <g className={isLit ? "plan-line lit" : "plan-line"}>
      <path d={path} />
      <path className="head" d={`M${x - 7},${y + middle - 4} l7,4 l-7,4 Z`} />
    </g>
  );
}

interface BoxProps {
  report: Report;
  fetch: PlannedFetch;
  at: Point;
  isSelected: boolean;
  onSelect: () => void;
}

function Box({ report, fetch, at, isSelected, onSelect }: BoxProps) {
  const traced = tracedOf(report, fetch.id);
  const colour = colourOf(report, fetch.subgraph);
  const wasSent = WAS_SENT.includes(traced.outcome);
  const place = fetch.path || (fetch.isMutation ? "mutation" : "query");
  return (
    <g
      className={`plan-box ${traced.outcome}${isSelected ? " selected" : ""}`}
      transform={`translate(${at.x},${at.y})`}
      role="button"
      tabIndex={0}
      aria-label={`Fetch ${fetch.id} from ${fetch.subgraph}, ${traced.outcome}`}
      aria-pressed={isSelected}
      onClick={onSelect}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onSelect();
      }}
    >
      <title>{`${fetch.id}: ${fetch.subgraph}, ${fetch.paths.join(", ") || place}`}</title>
      <rect className="frame" width={WIDTH} height={HEIGHT} rx="7" />
      <rect className="stripe" width="5" height={HEIGHT - 14} x="7" y="7" rx="2.5" fill={colour} />
      <text className="name" x="20" y="19">
        {shortened(fetch.subgraph, 13)}
      </text>
      <text className="time" x={WIDTH - 9} y="19" textAnchor="end">
        {wasSent ? milliseconds(spanMs(traced)) : traced.outcome}
      </text>
      <text className="place" x="20" y="36">
        {endOfPath(place, 21)}
      </text>
    </g>
  );
}
