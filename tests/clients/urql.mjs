// urql's core, with its exchange for persisted queries.
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import * as scenario from "./scenario.mjs";

const clientOver = (...exchanges) =>
  new Client({
    url: scenario.url,
    exchanges,
    preferGetMethod: false,
    fetch: scenario.notingFetch,
    fetchOptions: { headers: scenario.headers },
  });
function told({ data, error }) {
  if (error?.networkError) throw error.networkError;
  return { data: data ?? null, errors: scenario.seen(error?.graphQLErrors) };
}

const client = clientOver(fetchExchange);
const persisted = clientOver(
  persistedExchange({
    generateHash: async (query) => scenario.sha256(query),
    preferGetForPersistedQueries: "force",
  }),
  fetchExchange,
);
const book = [scenario.BOOK, { id: "1" }];

scenario.print({
  data: told(await client.query(...book)),
  fieldError: told(await client.query(scenario.LOST, {})),
  requestError: told(await client.query(scenario.NONSENSE, {})),
  variableError: told(await client.query(scenario.BOOK, {})),
  mutation: told(await client.mutation(scenario.ADD, { title: "Sanditon" })),
  persisted: [
    await scenario.noting(async () => told(await persisted.query(...book))),
    await scenario.noting(async () => told(await persisted.query(...book))),
  ],
});
