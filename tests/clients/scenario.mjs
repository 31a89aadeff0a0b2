// What every client is asked to do, and how it is told what came of it.
import { createHash } from "node:crypto";

export const url = process.argv[2];

// The gateway of the tests answers no GET that a foreign page could have sent.
export const headers = { "apollo-require-preflight": "true" };

export const BOOK = "query Book($id: ID!) { book(id: $id) { id title } }";
export const LOST =
  'query Lost { book(id: "1") { title } lost(title: "Sanditon") { title } }';
export const NONSENSE = "query Nonsense { nonsense }";
export const ADD = "mutation Add($title: String!) { addBook(title: $title) { title } }";

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

// What a program can act on; the rest is for people.
export const seen = (errors) =>
  (errors ?? []).map(({ extensions, path, locations }) => ({
    code: extensions?.code,
    ...(path && { path: [...path] }),
    ...(locations && { locations: locations.map(({ line, column }) => [line, column]) }),
  }));

// A fetch that notes how the client spoke with the gateway.
export const exchanges = [];
export async function notingFetch(input, init) {
  const response = await fetch(input, init);
  const body = init?.body ?? new URL(input).searchParams.get("query");
  const names = (text) => Boolean(text) && text.includes("book(id");
  exchanges.push({
    method: init?.method ?? "GET",
    sendsDocument: names(String(body ?? "")),
    status: response.status,
    mediaType: response.headers.get("content-type").split(";")[0],
  });
  return response;
}

// The exchanges of one step.
export async function noting(step) {
  exchanges.length = 0;
  const result = await step();
  return { result, exchanges: [...exchanges] };
}

export const print = (value) => console.log(JSON.stringify(value));
