// Where fetches stand in the picture: each one column after the last that it waits for,
// and in its column near those that it waits for. A line that passes a column has a row
// of its own there, so that it does not go through a fetch.

export interface Waiting {
  id: number;
  after: number[];
}

export interface Place {
  column: number;
  row: number;
}

export interface Line {
  from: number;
  to: number;
  /** The places on the way, in the columns between. */
  via: Place[];
}

export interface Layout {
  places: Map<number, Place>;
  lines: Line[];
  columns: number;
  /** The rows that each column has. */
  rows: number[];
}

interface Standing {
  place: Place;
  /** What it stands near to, in the column before. */
  near: Standing[];
}

/** Lay out fetches, which come in topological order. */
export function layOut(fetches: readonly Waiting[]): Layout {
  const standing = new Map<number, Standing>();
  const columns: Standing[][] = [];
  const lines: Line[] = [];
  const stand = (column: number, near: Standing[]): Standing => {
    const one = { place: { column, row: 0 }, near };
    (columns[column] ??= []).push(one);
    return one;
  };
  for (const { id, after } of direct(fetches)) {
    const earlier = after.map((one) => ({ one, from: standing.get(one) as Standing }));
    const column = Math.max(-1, ...earlier.map(({ from }) => from.place.column)) + 1;
    const near = earlier.map(({ one, from }) => {
      const via: Standing[] = [];
      for (let between = from.place.column + 1; between < column; between++) {
        via.push(stand(between, [via.at(-1) ?? from]));
      }
      lines.push({ from: one, to: id, via: via.map(({ place }) => place) });
      return via.at(-1) ?? from;
    });
    standing.set(id, stand(column, near));
  }
  columns.forEach(order);
  return {
    places: new Map([...standing].map(([id, { place }]) => [id, place])),
    lines,
    columns: columns.length,
    rows: columns.map((column) => column.length),
  };
}

/** Without the waits that follow from others: a line for each would hide the plan. */
function direct(fetches: readonly Waiting[]): Waiting[] {
  const before = new Map<number, Set<number>>();
  return fetches.map(({ id, after }) => {
    const implied = new Set(after.flatMap((one) => [...(before.get(one) ?? [])]));
    before.set(id, new Set([...implied, ...after]));
    return { id, after: after.filter((one) => !implied.has(one)) };
  });
}

function order(column: Standing[]): void {
  const wanted = new Map(column.map((one) => [one, mean(one.near.map(({ place }) => place.row))]));
  column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
  column.forEach(({ place }, row) => {
    place.row = row;
  });
}

function mean(numbers: number[]): number {
  return numbers.length ? numbers.reduce((sum, one) => sum + one, 0) / numbers.length : 0;
}
