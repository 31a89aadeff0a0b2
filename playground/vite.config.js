// Builds one page: a script, a style sheet, the editor's workers and font, all with a
// hash of their content in the name, compressed. The gateway makes the HTML around them.

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { compressAndSign } from "./build/compress.js";
import { collectLicenses } from "./build/licenses.js";

const licenses = collectLicenses("LICENSES.txt");

export default defineConfig({
  base: "./",
  plugins: [react(), licenses.page, compressAndSign(import.meta.dirname, "sources.sha256")],
  worker: { format: "es", plugins: () => [licenses.worker] },
  resolve: {
    alias: [
      // The whole editor has some eighty languages; GraphQL and JSON are needed.
      {
        find: /^monaco-editor$/,
        replacement: new URL("./src/monaco.js", import.meta.url).pathname,
      },
    ],
  },
  build: {
    outDir: process.env.OUT_DIR ?? "../gateway_graphql/server/static",
    emptyOutDir: true,
    assetsDir: "",
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
    rolldownOptions: {
      input: "src/main.tsx",
      output: {
        entryFileNames: "playground-[hash].js",
        chunkFileNames: "chunk-[hash].js",
        assetFileNames: ({ names }) =>
          names[0]?.endsWith(".css")
            ? "playground-[hash][extname]"
            : "asset-[hash][extname]",
      },
    },
  },
});
