// Ask the gateway how it comes to its answers, and keep what it tells.

import { takeReport, wantsLogIn } from "./report";
import { currentTab, keepFacts, keepReport, keepWish } from "./reports";

const INTROSPECTION = '"operationName":"IntrospectionQuery"';

/** `fetch` for GraphiQL; the gateway's report goes to the panels. */
export function tracingFetch(traces: boolean): typeof fetch {
  return async (input, init) => {
    const tab = currentTab();
    if (isEmpty(init?.body)) return emptied();
    const isIntrospection = String(init?.body).includes(INTROSPECTION);
    const headers = new Headers(init?.headers);
    if (traces && !headers.has("x-gateway-trace")) headers.set("x-gateway-trace", "1");
    const response = await fetch(input, { ...init, headers });
    const type = response.headers.get("content-type") ?? "";
    if (!type.includes("json")) throw new Error(await unreadable(response));
    const { report, rest } = takeReport((await response.json()) as unknown);
    if (report?.schema) keepFacts(report.schema);
    if (!isIntrospection) {
      keepReport(tab, report);
      keepWish(tab, wantsLogIn(rest));
    }
    return new Response(JSON.stringify(rest), {
      status: response.status,
      headers: { "content-type": type },
    });
  };
}

/** Whether there is nothing but space and comments to ask; a parser's words for it are odd. */
export function isEmpty(body: unknown): boolean {
  if (typeof body !== "string") return false;
  const { query } = JSON.parse(body) as { query?: unknown };
  return typeof query === "string" && !query.replace(/#[^\r\n]*/g, "").replace(/[\s,\uFEFF]/g, "");
}

function emptied(): Response {
  const message = "There is nothing to run yet: write an operation, such as { __typename }.";
  return Response.json({ errors: [{ message }] });
}

async function unreadable(response: Response): Promise<string> {
  const text = (await response.text()).trim().slice(0, 200);
  const status = `${response.status} ${response.statusText}`.trim();
  return `The gateway did not answer in JSON: ${status}. ${text}`;
}
