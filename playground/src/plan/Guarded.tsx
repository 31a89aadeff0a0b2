// What goes wrong in a panel must not take the editors away.

import { Component, type ReactNode } from "react";

interface Props {
  children: ReactNode;
}

export class Guarded extends Component<Props, { problem: string }> {
  override state = { problem: "" };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (!problem) return this.props.children;
    return <p className="plan-nothing">{`This panel failed: ${problem}`}</p>;
  }
}
