// Figures as people read them.

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

/** Cut at the start: what a path ends in says more than what it begins with. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `…${text.slice(1 - length)}` : text;
}
