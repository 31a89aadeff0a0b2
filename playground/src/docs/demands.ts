// What a field takes, in words.

import type { Demands } from "../report";

interface StackItem {
  name: string;
  def?: object;
}

/** `Type.field` of the field on top of the documentation's stack, if it is one. */
export function coordinateOf(stack: readonly StackItem[]): string | null {
  const field = stack[stack.length - 1];
  if (!field) return null;
  if (field.name.includes(".")) return field.name;
  const parent = stack.slice(0, -1).findLast((item) => item.def && "getFields" in item.def);
  return parent?.def ? `${(parent.def as { name: string }).name}.${field.name}` : null;
}

export function demandsText(demands: Demands): string[] {
  const lines: string[] = [];
  if (demands.authenticated) lines.push("Signed in");
  for (const anyOf of demands.scopes ?? []) lines.push(`Scopes ${alternatives(anyOf)}`);
  for (const anyOf of demands.policies ?? []) lines.push(`Policies ${alternatives(anyOf)}`);
  if (demands.cost !== undefined) lines.push(`Costs ${demands.cost}`);
  if (demands.listSize) lines.push(`List size: ${listSizeText(demands.listSize)}`);
  for (const limit of demands.rateLimits ?? []) lines.push(`At most ${limitText(limit)}`);
  return lines;
}

function alternatives(anyOf: string[][]): string {
  return anyOf.map((names) => names.join(" and ")).join(", or ");
}

function listSizeText(listSize: Record<string, unknown>): string {
  const { assumedSize, slicingArguments } = listSize;
  const parts: string[] = [];
  if (Array.isArray(slicingArguments)) parts.push(`as ${slicingArguments.join(", ")} say`);
  if (assumedSize !== undefined) parts.push(`${String(assumedSize)} assumed`);
  return parts.join(", ") || "stated";
}

/** `"Query.user";q=5;w=60` of a `RateLimit-Policy` header as words. */
function limitText(policy: string): string {
  const match = /^"(.*)";q=(\d+);w=(\d+)$/.exec(policy);
  return match ? `${match[2]} in ${match[3]} s (${match[1]})` : policy;
}
