// The panel beside the response: plan, waterfall, cost and limits of the last request.

import { type PointerEvent as ReactPointerEvent, useState } from "react";

import type { Report } from "../report";
import { useReport } from "../reports";
import { FetchDetail } from "./FetchDetail";
import { Guarded } from "./Guarded";
import { Ledger } from "./Ledger";
import { PlanPicture } from "./PlanPicture";
import { Waterfall } from "./Waterfall";
import { counted, milliseconds, rounded } from "./format";

const SHARE = "gateway:plan-panel";
const DEFAULT_SHARE = 0.55;

export function PlanPanel({ tab }: { tab: string }) {
  const report = useReport();
  const { share, isOpen, setIsOpen, drag } = useShare();
  return (
    <section
      className="plan-panel"
      aria-label="Plan"
      style={isOpen ? { flexBasis: `${share * 100}%` } : undefined}
      data-open={isOpen}
    >
      {isOpen && <div className="plan-drag-bar" onPointerDown={drag} />}
      <button type="button" className="plan-head" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <b>Plan</b>
        <span>{report ? headline(report) : "how the answer comes about"}</span>
        <i aria-hidden="true">{isOpen ? "▾" : "▴"}</i>
      </button>
      {isOpen && (
        <div className="plan-body">
          <Guarded key={tab}>{report ? <Body report={report} /> : <Nothing report={report} />}</Guarded>
        </div>
      )}
    </section>
  );
}

function Nothing({ report }: { report: null | undefined }) {
  return (
    <p className="plan-nothing">
      {report === undefined
        ? "Run an operation to see which subgraphs it asks, in what order, and how long each takes."
        : "The request was refused before there was a plan; the response says why."}
    </p>
  );
}

function Body({ report }: { report: Report }) {
  const [selected, setSelected] = useState<number | null>(null);
  const toggle = (id: number): void => setSelected(id === selected ? null : id);
  const props = { report, selected, onSelect: toggle };
  return (
    <>
      {report.plan.fetches.length === 0 ? (
        <p className="plan-nothing">No subgraph is asked: the gateway answers this by itself.</p>
      ) : (
        <>
          <PlanPicture {...props} />
          <Waterfall {...props} />
        </>
      )}
      {selected !== null && <FetchDetail report={report} id={selected} onClose={() => setSelected(null)} />}
      <Ledger report={report} />
    </>
  );
}

function headline({ plan, trace, cost, removed }: Report): string {
  const parts = [
    counted(plan.fetches.length, "fetch", "fetches"),
    `${plan.depth} in the longest chain`,
    milliseconds(trace.durationMs),
  ];
  if (cost) parts.push(`cost ${rounded(cost.actual)} of ${rounded(cost.estimated)} estimated`);
  if (removed.length) parts.push(`${counted(removed.length, "field")} withheld`);
  return parts.join(" · ");
}

/** How much of the response's side the panel takes; it is remembered. */
function useShare() {
  const [share, setShare] = useState(() => Number(localStorage.getItem(SHARE)) || DEFAULT_SHARE);
  const [isOpen, setIsOpen] = useState(true);
  const drag = (event: ReactPointerEvent<HTMLDivElement>): void => {
    const bar = event.currentTarget;
    const box = bar.closest(".graphiql-response")?.getBoundingClientRect();
    if (!box) return;
    bar.setPointerCapture(event.pointerId);
    bar.onpointermove = ({ clientY }) => {
      const taken = (box.bottom - clientY) / box.height;
      setShare(Math.min(0.9, Math.max(0.15, taken)));
    };
    bar.onpointerup = () => {
      bar.onpointermove = bar.onpointerup = null;
      setShare((latest) => {
        localStorage.setItem(SHARE, latest.toFixed(3));
        return latest;
      });
    };
  };
  return { share, isOpen, setIsOpen, drag };
}
