import { expect, test } from "vitest";

import { coordinateOf, demandsText } from "../src/docs/demands";
import { isEmpty } from "../src/fetching";
import { linkedOperation } from "../src/link";
import { bytes, endOfPath, milliseconds, shortened, withheldPath } from "../src/plan/format";
import { takeReport, wantsLogIn } from "../src/report";
import { tokenIn, withHeader, withoutHeader } from "../src/session/login";

test("figures are short", () => {
  expect([0.123, 12.34, 456.7, 1500].map(milliseconds)).toEqual(["0.1 ms", "12.3 ms", "457 ms", "1.50 s"]);
  expect([null, 12, 3456, 7_890_000].map(bytes)).toEqual(["no reply", "12 B", "3.5 kB", "7.9 MB"]);
  expect(shortened("recommendations", 13)).toBe("recommendati…");
});

test("the end of a path is shown, in whole steps where there are some", () => {
  const path = "me.orders.nodes.@.items";

  expect([30, 23, 22, 11, 10, 5].map((length) => endOfPath(path, length))).toEqual([
    path,
    path,
    "…orders.nodes.@.items",
    "…@.items",
    "…@.items",
    "…tems",
  ]);
});

test("what is withheld has its whole path", () => {
  const error = { message: "", path: ["products", "nodes"] };

  expect(withheldPath(error)).toBe("products.nodes");
  expect(withheldPath({ ...error, extensions: { affectedPath: "products.nodes.cost" } })).toBe("products.nodes.cost");
});

test("an answer wants a log-in by the code of any error", () => {
  const coded = (...codes: string[]) => ({ errors: codes.map((code) => ({ message: "", extensions: { code } })) });

  expect(wantsLogIn(coded("RATE_LIMITED", "UNAUTHORIZED_FIELD_OR_TYPE"))).toBe(true);
  expect(wantsLogIn(coded("UNAUTHENTICATED"))).toBe(true);
  expect([coded("RATE_LIMITED"), { errors: [{ message: "" }] }, { data: 1 }, null].some(wantsLogIn)).toBe(false);
});

test("space, commas and comments are nothing to run", () => {
  const empty = (query: string): boolean => isEmpty(JSON.stringify({ query }));

  expect(["", " \n\t,\uFEFF", "# a\r# { b }\n"].map(empty)).toEqual([true, true, true]);
  expect(["{ a }", "# a\n{ b }", '"#"'].map(empty)).toEqual([false, false, false]);
  expect(isEmpty(undefined)).toBe(false);
});

test("a link brings an operation and its variables", () => {
  expect(linkedOperation("?query=%7B%20a%20%7D")).toEqual({ initialQuery: "{ a }", initialVariables: "" });
  expect(linkedOperation('?query={a}&variables={"b":1}').initialVariables).toBe('{\n  "b": 1\n}');
  expect(linkedOperation("?query={a}&variables={").initialVariables).toBe("{");
  expect([linkedOperation(""), linkedOperation("?query=%20")]).toEqual([{}, {}]);
});

test("the report is taken out, and other extensions stay", () => {
  const report = { plan: {} };

  expect(takeReport({ data: 1, extensions: { gateway: report } })).toEqual({ report, rest: { data: 1 } });
  expect(takeReport({ data: 1, extensions: { gateway: report, cost: 2 } }).rest).toEqual({
    data: 1,
    extensions: { cost: 2 },
  });
  expect(takeReport({ data: 1 })).toEqual({ report: null, rest: { data: 1 } });
  expect(takeReport(null)).toEqual({ report: null, rest: null });
});

test("a token is found by its path, and what is wrong is said", () => {
  expect(tokenIn({ data: { login: { accessToken: "t" } } }, "login.accessToken")).toBe("t");
  expect(() => tokenIn({ data: null, errors: [{ message: "Wrong password." }] }, "login")).toThrow("Wrong password.");
  expect(() => tokenIn({ data: { login: null } }, "login.accessToken")).toThrow("no token at login.accessToken");
});

test("headers of the editor are kept, and one is replaced whatever its case", () => {
  const text = withHeader('{"x-a": "1", "authorization": "old"}', "Authorization", "Bearer new");

  expect(JSON.parse(text)).toEqual({ "x-a": "1", Authorization: "Bearer new" });
  expect(JSON.parse(withHeader("{ not json", "A", "b"))).toEqual({ A: "b" });
  expect(withoutHeader('{"Authorization": "old"}', "authorization")).toBe("");
});

test("what a field takes is said in words", () => {
  expect(
    demandsText({
      subgraphs: [],
      authenticated: true,
      scopes: [[["a", "b"], ["c"]]],
      cost: "5",
      listSize: { slicingArguments: ["first"], assumedSize: 10 },
      rateLimits: ['"Query.user";q=5;w=60'],
    }),
  ).toEqual([
    "Signed in",
    "Scopes a and b, or c",
    "Costs 5",
    "List size: as first say, 10 assumed",
    "At most 5 in 60 s (Query.user)",
  ]);
});

test("a field's coordinate has the type that it was reached from", () => {
  const type = { name: "User", getFields: () => ({}) };

  expect(coordinateOf([{ name: "Docs" }, { name: "User", def: type }, { name: "email", def: {} }])).toBe("User.email");
  expect(coordinateOf([{ name: "Docs" }])).toBeNull();
});
