// The editor with the two languages that a GraphQL page shows, in place of all of them.

import "monaco-editor/esm/vs/basic-languages/graphql/graphql.contribution.js";
import "monaco-editor/esm/vs/language/json/monaco.contribution.js";

export * from "monaco-editor/esm/vs/editor/edcore.main.js";
