// The last report of each tab, whether its answer wants a log-in, and the facts of the
// schema: what the panels show.

import { useSyncExternalStore } from "react";

import type { Report, SchemaFacts } from "./report";

let activeTab = "";
let facts: SchemaFacts | null = null;
const reports = new Map<string, Report | null>();
const wishes = new Map<string, boolean>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

/** The tab that requests are made from; it may change before they are answered. */
export function currentTab(): string {
  return activeTab;
}

export function setCurrentTab(tab: string): void {
  if (tab === activeTab) return;
  activeTab = tab;
  tell();
}

export function keepReport(tab: string, report: Report | null): void {
  reports.set(tab, report);
  tell();
}

/** Whether the tab's last answer left something out for want of a log-in. */
export function keepWish(tab: string, wantsLogIn: boolean): void {
  wishes.set(tab, wantsLogIn);
  tell();
}

export function keepFacts(found: SchemaFacts): void {
  facts = found;
  tell();
}

/** The report of the tab that is open; `undefined` before its first request. */
export function useReport(): Report | null | undefined {
  return useSyncExternalStore(subscribe, () => reports.get(activeTab));
}

/** Whether the answer of the tab that is open wants a log-in. */
export function useWantsLogIn(): boolean {
  return useSyncExternalStore(subscribe, () => wishes.get(activeTab) ?? false);
}

export function useFacts(): SchemaFacts | null {
  return useSyncExternalStore(subscribe, () => facts);
}
