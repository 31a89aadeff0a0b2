// Above the editors: examples to begin with, and demo accounts to log in as.

import { DropdownMenu, pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";

import type { Config, Example, Login } from "../config";
import { useLogIn, useSession } from "./session";

export function SessionBar({ config, url }: { config: Config; url: string }) {
  return (
    <div className="session-bar">
      {config.examples.length > 0 && <Examples examples={config.examples} />}
      {config.login && config.login.accounts.length > 0 && <LogIn login={config.login} url={url} />}
    </div>
  );
}

function Examples({ examples }: { examples: Example[] }) {
  const { queryEditor, variableEditor, headerEditor } = useGraphiQL(
    pick("queryEditor", "variableEditor", "headerEditor"),
  );
  const { addTab } = useGraphiQLActions();
  const open = ({ query, variables }: Example): void => {
    const headers = headerEditor?.getValue() ?? "";
    if (queryEditor?.getValue().trim()) addTab();
    variableEditor?.setValue(Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "");
    headerEditor?.setValue(headers);
    queryEditor?.setValue(query.trim());
  };
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="session-button">Examples ▾</DropdownMenu.Button>
      <DropdownMenu.Content align="end">
        {examples.map((example) => (
          <DropdownMenu.Item key={example.name} onSelect={() => open(example)}>
            {example.name}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

function LogIn({ login, url }: { login: Login; url: string }) {
  const { who, problem } = useSession();
  const { enter, leave } = useLogIn(login, url);
  return (
    <>
      {problem && (
        <span className="session-problem" role="alert">
          {problem}
        </span>
      )}
      <DropdownMenu>
        <DropdownMenu.Button className="session-button">{who ? `${who} ▾` : "Log in ▾"}</DropdownMenu.Button>
        <DropdownMenu.Content align="end">
          {login.accounts.map((account) => (
            <DropdownMenu.Item key={account.name} onSelect={() => void enter(account)}>
              {account.name}
            </DropdownMenu.Item>
          ))}
          {who && <DropdownMenu.Item onSelect={leave}>Log out</DropdownMenu.Item>}
        </DropdownMenu.Content>
      </DropdownMenu>
    </>
  );
}
