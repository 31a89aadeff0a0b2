// Below an answer that leaves something out for want of a log-in: the log-in.

import type { Account, Login } from "../config";
import { keepWish, useWantsLogIn } from "../reports";
import { useLogIn, useSession } from "./session";

interface Props {
  login: Login | null;
  url: string;
  tab: string;
}

export function LogInOffer({ login, url, tab }: Props) {
  const { who } = useSession();
  if (!useWantsLogIn()) return null;
  return (
    <section className="log-in-offer" aria-label="Log in">
      <span>{who ? `${who} may not have all of this.` : "Not all of this is for everybody."}</span>
      {login?.accounts.length ? (
        <Accounts login={login} url={url} tab={tab} />
      ) : (
        <span>A token goes into the headers, below the operation.</span>
      )}
    </section>
  );
}

function Accounts({ login, url, tab }: Props & { login: Login }) {
  const { enter } = useLogIn(login, url);
  // What was asked may have changed something: whether to ask again is for people to say.
  const choose = (account: Account): void =>
    void enter(account).then((isLoggedIn) => isLoggedIn && keepWish(tab, false));
  return login.accounts.map((account) => (
    <button key={account.name} type="button" className="session-button" onClick={() => choose(account)}>
      {`Log in as ${account.name}`}
    </button>
  ));
}
