"use client";
import type { ReactNode } from "react";
import { Tabs } from "@/components/ui";
import type { IndexNode } from "@/server/contract";
import type { EditorController } from "../model/controller";
import type { EditorServices } from "../model/services";
import { CompiledPane } from "./compiled-pane";
import { DiffPane } from "./diff-pane";
import { DocsPane } from "./docs-pane";
import { OutlinePane } from "./outline-pane";
import { useActivePath } from "./use-active-path";

export type SidePaneTab = "compiled" | "docs" | "diff" | "outline";

/** What is known of the file of the active tab, beside its text, which is on the screen first. */
export function SidePane({
  controller,
  services,
  tab,
  onTab,
  documentation,
}: {
  controller: EditorController;
  services: EditorServices;
  tab: SidePaneTab;
  onTab: (tab: SidePaneTab) => void;
  /** The form that edits what the YAML says of a node; null where there is none. */
  documentation: ((node: IndexNode) => ReactNode) | null;
}) {
  const path = useActivePath(controller);
  return (
    <section aria-label="Side pane" className="h-full overflow-hidden bg-canvas">
      <Tabs
        label="Side pane"
        value={tab}
        onChange={onTab}
        items={[
          { value: "compiled", label: "Compiled", content: <CompiledPane controller={controller} path={path} /> },
          {
            value: "docs",
            label: "Docs",
            content: <DocsPane controller={controller} path={path} editForm={documentation} />,
          },
          {
            value: "diff",
            label: "Diff",
            content: <DiffPane controller={controller} services={services} path={path} inline />,
          },
          { value: "outline", label: "Outline", content: <OutlinePane controller={controller} path={path} /> },
        ]}
      />
    </section>
  );
}
