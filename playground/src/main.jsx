// GraphiQL for one gateway. What the page must know comes as JSON in the HTML.

import "graphiql/setup-workers/vite";
// `graphiql/style.css` would add two fonts, larger than all other style; the editor
// needs one of them.
import "@fontsource/fira-code/latin-400.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

const config = JSON.parse(document.getElementById("config").textContent);
const url = new URL(config.endpoint, window.location.href).href;

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={createGraphiQLFetcher({ url })}
    defaultQuery={config.example || undefined}
    isHeadersEditorEnabled
    defaultEditorToolsVisibility="headers"
    shouldPersistHeaders={false}
  />,
);
