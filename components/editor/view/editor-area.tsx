"use client";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Group, Panel, useDefaultLayout } from "react-resizable-panels";
import { type PanelControl, PanelSeparator, personStorage } from "@/components/shell";
import type { IndexNode } from "@/server/contract";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import type { EditorServices } from "../model/services";
import { closeTabs, type Tab, tabKey } from "../model/tabs";
import { type LensAction, registerLenses } from "../monaco/lenses";
import { ModelRegistry } from "../monaco/models";
import { connectProject } from "../monaco/providers";
import { preparedMonaco } from "../monaco/setup";
import { type CloseQuestion, ConflictDialog, UnsavedDialog } from "./conflict";
import { EditorGroups } from "./editor-groups";
import { Refactoring } from "./refactoring";
import { SidePane, type SidePaneTab } from "./side-pane";

export interface EditorAreaProps {
  controller: EditorController;
  services: EditorServices;
  readOnly: boolean;
  canPreview: boolean;
  sideControl: PanelControl;
  sideTab: SidePaneTab;
  onSideTab: (tab: SidePaneTab) => void;
  onPreview: () => void;
  onLens: (action: LensAction) => void;
  /** The form that edits what the YAML says of a node; null where there is none. */
  documentation: ((node: IndexNode) => ReactNode) | null;
  /** Shown when nothing is open. */
  welcome: ReactNode;
  /** Lets the screen's commands close tabs with the same questions as the mouse. */
  closeRef: { current: ((tabs: readonly Tab[], groupId: number) => void) | null };
}

/** Groups of tabs with their text editors, and the side pane that follows the active one. */
export function EditorArea(props: EditorAreaProps) {
  const { controller, services } = props;
  const [question, setQuestion] = useState<CloseQuestion | null>(null);
  const registry = useMemo(
    () => new ModelRegistry(preparedMonaco(), services.workspaceId, controller.buffers),
    [services.workspaceId, controller],
  );
  const layout = useDefaultLayout({ id: "millrace:layout:editor", storage: personStorage });
  const { readOnly } = props;
  useEffect(() => {
    const stop = connectProject(preparedMonaco(), { controller, registry, services, readOnly });
    return () => {
      stop();
      registry.dispose();
    };
  }, [controller, registry, services, readOnly]);

  const { canPreview, onLens } = props;
  const runLens = useRef(onLens);
  useEffect(() => {
    runLens.current = onLens;
  });
  useEffect(() => {
    if (!canPreview) {
      return;
    }
    const lenses = registerLenses(preparedMonaco(), {
      controller,
      isOurs: (model) => model.uri.scheme === "millrace" && model.uri.authority === services.workspaceId.toLowerCase(),
      run: (action) => runLens.current(action),
    });
    return () => lenses.dispose();
  }, [canPreview, controller, services]);

  function close(tabs: readonly Tab[], groupId: number) {
    const keys = new Set(tabs.map(tabKey));
    const shownElsewhere = (path: string) =>
      controller.tabs
        .get()
        .groups.some((group) =>
          group.tabs.some(
            (tab) => tab.kind === "file" && tab.path === path && !(group.id === groupId && keys.has(tabKey(tab))),
          ),
        );
    const proceed = () =>
      controller.tabs.update((current) => closeTabs(current, (tab, id) => id === groupId && keys.has(tabKey(tab))));
    const unsaved = tabs
      .filter((tab) => tab.kind === "file" && !shownElsewhere(tab.path))
      .map((tab) => controller.buffers.get(tab.path))
      .filter((buffer) => buffer !== null && isDirty(buffer))
      .flatMap((buffer) => buffer?.path ?? []);
    if (unsaved.length > 0) {
      setQuestion({ paths: unsaved, proceed });
    } else {
      proceed();
    }
  }
  useEffect(() => {
    props.closeRef.current = close;
  });

  return (
    <>
      <Refactoring controller={controller} services={services} readOnly={props.readOnly} />
      <Group id="editor-groups" orientation="horizontal" className="h-full" {...layout}>
        <Panel id="groups" minSize={260}>
          <EditorGroups {...props} registry={registry} onClose={close} />
        </Panel>
        <PanelSeparator orientation="horizontal" label="Resize side pane" />
        <Panel
          id="side-pane"
          panelRef={props.sideControl.ref}
          collapsible
          collapsedSize={0}
          minSize={220}
          defaultSize={props.sideControl.defaultSize}
        >
          <SidePane
            {...{ controller, services }}
            tab={props.sideTab}
            onTab={props.onSideTab}
            documentation={props.documentation}
          />
        </Panel>
      </Group>
      <ConflictDialog controller={controller} />
      <UnsavedDialog controller={controller} question={question} onDone={() => setQuestion(null)} />
    </>
  );
}
