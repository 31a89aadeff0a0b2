import { expect, test } from "vitest";

import { layOut } from "../src/plan/layout";

const chain = [
  { id: 0, after: [] },
  { id: 1, after: [0] },
  { id: 2, after: [0, 1] },
];

const placesOf = (fetches: { id: number; after: number[] }[]) =>
  fetches.map(({ id }) => {
    const place = layOut(fetches).places.get(id);
    return [place?.column, place?.row];
  });

test("a fetch stands after the last one that it waits for", () => {
  expect(placesOf(chain)).toEqual([[0, 0], [1, 0], [2, 0]]);
});

test("a wait that follows from others has no line", () => {
  expect(layOut(chain).lines).toEqual([
    { from: 0, to: 1, via: [] },
    { from: 1, to: 2, via: [] },
  ]);
});

test("a line that passes a column has a row of its own there", () => {
  const fetches = [
    { id: 0, after: [] },
    { id: 1, after: [] },
    { id: 2, after: [0] },
    { id: 3, after: [1, 2] },
  ];
  const { lines, rows } = layOut(fetches);

  expect(rows).toEqual([2, 2, 1]);
  expect(lines.find(({ from, to }) => from === 1 && to === 3)?.via).toEqual([{ column: 1, row: 1 }]);
});

test("what waits for the upper one is above what waits for the lower one", () => {
  const fetches = [
    { id: 0, after: [] },
    { id: 1, after: [] },
    { id: 2, after: [1] },
    { id: 3, after: [0] },
  ];

  expect(placesOf(fetches)).toEqual([[0, 0], [0, 1], [1, 1], [1, 0]]);
});

test("nothing takes no room", () => {
  expect(layOut([])).toEqual({ places: new Map(), lines: [], columns: 0, rows: [] });
});
