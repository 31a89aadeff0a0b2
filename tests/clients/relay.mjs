// Relay: its runtime, over a network layer as its documentation has it.
import relay from "relay-runtime";
import * as scenario from "./scenario.mjs";

const { Environment, Network, RecordSource, Store, fetchQuery } = relay;

async function fetchGraphQL(params, variables) {
  const response = await scenario.notingFetch(scenario.url, {
    method: "POST",
    headers: {
      ...scenario.headers,
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
    },
    body: JSON.stringify({
      query: params.text,
      operationName: params.name,
      variables,
    }),
  });
  return response.json();
}

const network = Network.create(fetchGraphQL);
const environment = new Environment({ network, store: new Store(new RecordSource()) });

const params = (name, text, operationKind = "query") => ({
  cacheID: name,
  id: null,
  metadata: {},
  name,
  operationKind,
  text,
});

// What relay-compiler makes of scenario.BOOK.
const scalar = (name) => ({
  alias: null,
  args: null,
  kind: "ScalarField",
  name,
  storageKey: null,
});
const variables = [{ defaultValue: null, kind: "LocalArgument", name: "id" }];
const selections = [
  {
    alias: null,
    args: [{ kind: "Variable", name: "id", variableName: "id" }],
    concreteType: "Book",
    kind: "LinkedField",
    name: "book",
    plural: false,
    selections: [scalar("id"), scalar("title")],
    storageKey: null,
  },
];
const bookQuery = {
  fragment: {
    argumentDefinitions: variables,
    kind: "Fragment",
    metadata: null,
    name: "Book",
    selections,
    type: "Query",
    abstractKey: null,
  },
  kind: "Request",
  operation: {
    argumentDefinitions: variables,
    kind: "Operation",
    name: "Book",
    selections,
  },
  params: params("Book", scenario.BOOK),
};

async function told(request, values) {
  const { data, errors } = await network.execute(request, values, {}).toPromise();
  return { data: data ?? null, errors: scenario.seen(errors) };
}

const nonsenseQuery = { ...bookQuery, params: params("Nonsense", scenario.NONSENSE) };

scenario.print({
  data: {
    data: await fetchQuery(environment, bookQuery, { id: "1" }).toPromise(),
    errors: [],
  },
  fieldError: await told(params("Lost", scenario.LOST), {}),
  requestError: await told(params("Nonsense", scenario.NONSENSE), {}),
  variableError: await told(params("Book", scenario.BOOK), {}),
  mutation: await told(params("Add", scenario.ADD, "mutation"), { title: "Sanditon" }),
  stored: environment.getStore().getSource().get("1"),
  thrown: await fetchQuery(environment, nonsenseQuery, { id: "2" })
    .toPromise()
    .then(
      () => null,
      (error) => scenario.seen(error.source.errors),
    ),
});
