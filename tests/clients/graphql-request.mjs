// graphql-request, which throws what is wrong.
import { ClientError, GraphQLClient } from "graphql-request";
import * as scenario from "./scenario.mjs";

const client = new GraphQLClient(scenario.url, {
  fetch: scenario.notingFetch,
  headers: scenario.headers,
});
const byGet = new GraphQLClient(scenario.url, {
  fetch: scenario.notingFetch,
  headers: scenario.headers,
  method: "GET",
});

async function told(asking) {
  try {
    return { data: await asking, errors: [] };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { data, errors } = error.response;
    return { data: data ?? null, errors: scenario.seen(errors) };
  }
}

scenario.print({
  data: await told(client.request(scenario.BOOK, { id: "1" })),
  fieldError: await told(client.request(scenario.LOST)),
  requestError: await told(client.request(scenario.NONSENSE)),
  variableError: await told(client.request(scenario.BOOK)),
  mutation: await told(client.request(scenario.ADD, { title: "Sanditon" })),
  get: await scenario.noting(() => told(byGet.request(scenario.BOOK, { id: "1" }))),
  batch: await scenario.noting(async () =>
    (
      await client.batchRequests([
        { document: scenario.BOOK, variables: { id: "1" } },
        { document: scenario.BOOK, variables: { id: "2" } },
      ])
    ).map(({ data, errors }) => ({ data, errors: scenario.seen(errors) })),
  ),
});
