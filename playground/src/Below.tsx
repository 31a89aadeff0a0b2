// Below the response: the log-in that it needs, and how it came about.

import { pick, useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

import type { Config } from "./config";
import { PlanPanel } from "./plan/PlanPanel";
import { setCurrentTab } from "./reports";
import { LogInOffer } from "./session/LogInOffer";

export function Below({ config, url }: { config: Config; url: string }) {
  const { tabs, activeTabIndex } = useGraphiQL(pick("tabs", "activeTabIndex"));
  const tab = tabs[activeTabIndex]?.id ?? "";
  useEffect(() => setCurrentTab(tab), [tab]);
  return (
    <>
      <LogInOffer login={config.login} url={url} tab={tab} />
      {config.traces && <PlanPanel tab={tab} />}
    </>
  );
}
