// Leaves every built file compressed by Brotli, which is all that the package holds, and
// notes what it was built from, so that a test can tell an old bundle.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const PLAIN = /LICENSES\.txt$/;
const SOURCES = ["build", "package-lock.json", "package.json", "src", "tsconfig.json", "vite.config.js"];

export function compressAndSign(root, fileName) {
  return {
    name: "compress-and-sign",
    writeBundle: {
      order: "post",
      sequential: true,
      handler({ dir }) {
        for (const file of readdirSync(dir).filter((name) => !PLAIN.test(name))) {
          const content = readFileSync(join(dir, file));
          writeFileSync(join(dir, `${file}.br`), compressed(content));
          rmSync(join(dir, file));
        }
        writeFileSync(join(dir, fileName), `${hashOfSources(root)}\n`);
      },
    },
  };
}

function compressed(content) {
  return brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
}

/** SHA-256 over a line for every source file: its SHA-256, two spaces, its path. */
function hashOfSources(root) {
  const paths = SOURCES.flatMap((name) => filesIn(join(root, name)))
    .map((path) => relative(root, path).split(sep).join("/"))
    .sort();
  const lines = paths.map((path) => `${sha256(readFileSync(join(root, path)))}  ${path}\n`);
  return sha256(lines.join(""));
}

function filesIn(path) {
  try {
    return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    throw error;
  }
}

function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}
