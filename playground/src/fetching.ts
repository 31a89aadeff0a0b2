// Ask the gateway how it comes to its answers, and keep what it tells.

import { takeReport } from "./report";
import { currentTab, keepFacts, keepReport } from "./reports";

const INTROSPECTION = '"operationName":"IntrospectionQuery"';

/** `fetch` for GraphiQL; the gateway's report goes to the panels. */
export function tracingFetch(traces: boolean): typeof fetch {
  return async (input, init) => {
    const tab = currentTab();
    const isIntrospection = String(init?.body).includes(INTROSPECTION);
    const headers = new Headers(init?.headers);
    if (traces && !headers.has("x-gateway-trace")) headers.set("x-gateway-trace", "1");
    const response = await fetch(input, { ...init, headers });
    const type = response.headers.get("content-type") ?? "";
    if (!type.includes("json")) throw new Error(await unreadable(response));
    const { report, rest } = takeReport((await response.json()) as unknown);
    if (report?.schema) keepFacts(report.schema);
    if (!isIntrospection) keepReport(tab, report);
    return new Response(JSON.stringify(rest), {
      status: response.status,
      headers: { "content-type": type },
    });
  };
}

async function unreadable(response: Response): Promise<string> {
  const text = (await response.text()).trim().slice(0, 200);
  const status = `${response.status} ${response.statusText}`.trim();
  return `The gateway did not answer in JSON: ${status}. ${text}`;
}
