// GraphiQL for one gateway. What the page must know comes as JSON in the HTML.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
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
