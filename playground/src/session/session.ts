// Who is logged in, for all parts of the page that say so.

import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useSyncExternalStore } from "react";

import type { Account, Login } from "../config";
import { logIn, withHeader, withoutHeader } from "./login";

interface Session {
  who: string;
  problem: string;
}

let session: Session = { who: "", problem: "" };
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setSession(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

/** Log in, if it succeeds, and out; the token comes and goes in the open tab's header editor. */
export function useLogIn(login: Login, url: string) {
  const { headerEditor } = useGraphiQL(pick("headerEditor"));
  const { introspect } = useGraphiQLActions();
  const setHeaders = (change: (text: string) => string): void => {
    headerEditor?.setValue(change(headerEditor.getValue()));
    void introspect();
  };
  const enter = async (account: Account): Promise<boolean> => {
    setSession({ ...session, problem: "" });
    try {
      const token = await logIn(url, login, account);
      setHeaders((text) => withHeader(text, login.header, login.prefix + token));
      setSession({ who: account.name, problem: "" });
      return true;
    } catch (error) {
      setSession({ ...session, problem: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };
  const leave = (): void => {
    setHeaders((text) => withoutHeader(text, login.header));
    setSession({ who: "", problem: "" });
  };
  return { enter, leave };
}
