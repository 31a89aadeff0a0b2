// Writes the licences of every npm package whose code is in the bundle.
//
// Vite bundles workers apart from the page, so one plugin notes the modules of both and
// the page's, which is written last, emits the file.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const LICENSE_FILE = /^(licen[cs]e|notice|copying|thirdpartynotices)/i;

const ICONS = [
  "-".repeat(79),
  "Codicons, the icons inside monaco-editor (CC-BY-4.0)",
  "-".repeat(79),
  "Copyright (c) Microsoft Corporation. https://github.com/microsoft/vscode-codicons",
  "Licensed under https://creativecommons.org/licenses/by/4.0/legalcode",
  "",
].join("\n");

export function collectLicenses(fileName) {
  const packages = new Map();

  function note(bundle) {
    for (const chunk of Object.values(bundle)) {
      for (const module of chunk.moduleIds ?? []) {
        const folder = packageFolder(module.replace(/^\0/, "").replace(/\?.*$/, ""));
        if (folder !== null) packages.set(folder, licenseOf(folder));
      }
      for (const origin of chunk.originalFileNames ?? []) {
        const folder = packageFolder(origin);
        if (folder !== null) packages.set(folder, licenseOf(folder));
      }
    }
  }

  return {
    worker: {
      name: "note-worker-licenses",
      generateBundle: (_, bundle) => note(bundle),
    },
    page: {
      name: "write-licenses",
      generateBundle(_, bundle) {
        note(bundle);
        const texts = [...new Set([...packages.values(), ICONS])].sort();
        this.emitFile({ type: "asset", fileName, source: texts.join("\n") });
      },
    },
  };
}

function packageFolder(path) {
  if (!path.includes("node_modules/")) return null;
  let folder = dirname(path);
  while (folder.includes("node_modules/")) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest)).version) {
      return folder;
    }
    folder = dirname(folder);
  }
  return null;
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, "package.json")),
  );
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  const rule = "-".repeat(79);
  return [rule, `${name} ${version} (${license})`, rule, ...texts, ""].join("\n");
}
