// Subscriptions by the clients' own transports: Apollo Client in parts, urql and
// graphql-sse by server-sent events. Each reads one to its end, has one refused, and
// leaves one after its first event.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { createClient } from "graphql-sse";
import * as scenario from "./scenario.mjs";

const COUNTED = "subscription Counted { counted(upto: 3) }";
const NONSENSE = "subscription Nonsense { nonsense }";
const MOVED = "subscription Moved { moved { id owner { id name } } }";

const codes = (errors) => (errors ?? []).map(({ extensions }) => extensions?.code);

// What a client is told until the end, or until it has been told so much.
const reading = (subscribe, most = Infinity) =>
  new Promise((resolve) => {
    const told = [];
    const end = () => resolve(told);
    const stop = subscribe({
      next: (event) => {
        told.push(event);
        if (told.length === most) {
          stop();
          end();
        }
      },
      error: (error) => resolve([...told, { failed: codes([].concat(error.errors ?? error)) }]),
      complete: end,
    });
  });

const apollo = new ApolloClient({
  link: new HttpLink({ uri: scenario.url, headers: scenario.headers }),
  cache: new InMemoryCache(),
});
const byApollo = (text) => (sink) => {
  const running = apollo
    .subscribe({ query: gql(text), fetchPolicy: "no-cache", errorPolicy: "all" })
    .subscribe({
      ...sink,
      next: ({ data, error }) =>
        sink.next(error ? { data: data ?? null, codes: codes(error.errors) } : { data }),
    });
  return () => running.unsubscribe();
};

const urql = new Client({
  url: scenario.url,
  exchanges: [fetchExchange],
  fetchSubscriptions: true,
  preferGetMethod: false,
  fetchOptions: { headers: scenario.headers },
});
// It says again what came last when there is no more, and aborts what nobody reads.
process.on("unhandledRejection", (error) => {
  if (error.name !== "AbortError") throw error;
});
const byUrql = (text) => (sink) => {
  const { unsubscribe } = urql
    .subscription(text, {})
    .subscribe(({ data, error, hasNext }) => {
      if (hasNext === false) sink.complete();
      else
        sink.next(
          error ? { data: data ?? null, codes: codes(error.graphQLErrors) } : { data },
        );
    });
  return unsubscribe;
};

const events = createClient({
  url: scenario.url,
  headers: scenario.headers,
  retryAttempts: 0,
});
const byEvents = (text) => (sink) =>
  events.subscribe(
    { query: text },
    {
      ...sink,
      next: ({ data, errors }) =>
        sink.next(errors ? { data: data ?? null, codes: codes(errors) } : { data }),
    },
  );

const subscribing = { apollo: byApollo, urql: byUrql, events: byEvents }[process.argv[3]];
scenario.print({
  whole: await reading(subscribing(COUNTED)),
  refused: await reading(subscribing(NONSENSE)),
  left: await reading(subscribing(MOVED), 1),
});
apollo.stop();
