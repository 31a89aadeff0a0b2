// GraphiQL for one gateway, with the gateway's own panels in it.

import "graphiql/setup-workers/vite";
// `graphiql/style.css` would add two fonts, larger than all other style; the editor
// needs one of them.
import "@fontsource/fira-code/latin-400.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";
import "./plan/plan.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { Below } from "./Below";
import { readConfig } from "./config";
import { addFactsToDocumentation } from "./docs/Facts";
import { tracingFetch } from "./fetching";
import { linkedOperation } from "./link";
import { SessionBar } from "./session/SessionBar";

const FOR_EVERYBODY = "{\n  __typename\n}\n";

const config = readConfig();
const linked = linkedOperation(window.location.search);
// The operation is in a tab from now on; loading again must not open it once more.
if (linked.initialQuery) window.history.replaceState(null, "", window.location.pathname);
const url = new URL(config.endpoint, window.location.href).href;
const fetcher = createGraphiQLFetcher({ url, fetch: tracingFetch(config.traces) });
const root = document.getElementById("graphiql");
if (!root) throw new Error("The page has no place for GraphiQL.");

addFactsToDocumentation();
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={config.example || FOR_EVERYBODY}
    {...linked}
    isHeadersEditorEnabled
    defaultEditorToolsVisibility="headers"
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo>
      <SessionBar config={config} url={url} />
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Below config={config} url={url} />
    </GraphiQL.Footer>
  </GraphiQL>,
);
