// Apollo Client, with its links for persisted queries and for batches.
import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
  gql,
} from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import * as scenario from "./scenario.mjs";

const options = {
  uri: scenario.url,
  headers: scenario.headers,
  fetch: scenario.notingFetch,
};
const clientOver = (...links) =>
  new ApolloClient({
    link: ApolloLink.from(links),
    cache: new InMemoryCache(),
    defaultOptions: {
      query: { errorPolicy: "all", fetchPolicy: "no-cache" },
      mutate: { errorPolicy: "all", fetchPolicy: "no-cache" },
    },
  });
function told({ data, error }) {
  if (error && !CombinedGraphQLErrors.is(error)) throw error;
  return { data: data ?? null, errors: scenario.seen(error?.errors) };
}

const client = clientOver(new HttpLink(options));
const book = { query: gql(scenario.BOOK), variables: { id: "1" } };
const persisted = clientOver(
  new PersistedQueryLink({ sha256: scenario.sha256, useGETForHashedQueries: true }),
  new HttpLink(options),
);
const batched = clientOver(new BatchHttpLink(options));

scenario.print({
  data: told(await client.query(book)),
  fieldError: told(await client.query({ query: gql(scenario.LOST) })),
  requestError: told(await client.query({ query: gql(scenario.NONSENSE) })),
  variableError: told(await client.query({ query: gql(scenario.BOOK) })),
  mutation: told(
    await client.mutate({
      mutation: gql(scenario.ADD),
      variables: { title: "Sanditon" },
    }),
  ),
  persisted: [
    await scenario.noting(async () => told(await persisted.query(book))),
    await scenario.noting(async () => told(await persisted.query(book))),
  ],
  batch: await scenario.noting(async () =>
    (
      await Promise.all([
        batched.query(book),
        batched.query({ ...book, variables: { id: "2" } }),
        batched.query({ query: gql(scenario.NONSENSE) }),
      ])
    ).map(told),
  ),
});
client.stop();
