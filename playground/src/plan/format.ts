// Figures as people read them.

import type { ResponseError } from "../report";

export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ms`;
}

export function bytes(value: number | null): string {
  if (value === null) return "no reply";
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${(value / 1000).toFixed(1)} kB`;
  return `${(value / 1_000_000).toFixed(1)} MB`;
}

export function counted(value: number, one: string, many = `${one}s`): string {
  return `${value} ${value === 1 ? one : many}`;
}

export function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function pathText(path: readonly (string | number)[] | null | undefined): string {
  return path?.length ? path.join(".") : "the operation";
}

/** What was withheld, by its whole path: an error's own path ends at the first list. */
export function withheldPath({ path, extensions }: ResponseError): string {
  return extensions?.affectedPath ?? pathText(path);
}

/** Cut at the end: names tell each other apart by how they begin. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** As many of a path's last steps as there is room for: they say what is fetched. */
export function endOfPath(path: string, length: number): string {
  if (path.length <= length) return path;
  const end = path.slice(1 - length);
  const step = path[path.length - end.length - 1] === "." ? 0 : end.indexOf(".") + 1;
  return `…${end.slice(step)}`;
}
