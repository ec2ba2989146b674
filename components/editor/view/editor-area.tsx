"use client";
import { FileCode2 } from "lucide-react";
import { Fragment, lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Group, Panel, useDefaultLayout } from "react-resizable-panels";
import { type PanelControl, PanelSeparator, personStorage, useStore } from "@/components/shell";
import { Button, EmptyState, ErrorState, Skeleton, Tabs } from "@/components/ui";
import type { IndexNode } from "@/server/contract";
import { isTooLong, mostRead } from "../language/long-texts";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import { otherViewOf } from "../model/file-views";
import type { EditorServices } from "../model/services";
import { activeGroup, closeTabs, type Tab, type TabGroup, tabKey } from "../model/tabs";
import { type LensAction, registerLenses } from "../monaco/lenses";
import { ModelRegistry } from "../monaco/models";
import { connectProject } from "../monaco/providers";
import { preparedMonaco } from "../monaco/setup";
import { Breadcrumbs } from "./breadcrumbs";
import { CompiledPane } from "./compiled-pane";
import { type CloseQuestion, ConflictBar, ConflictDialog, UnsavedDialog } from "./conflict";
import { DiffPane } from "./diff-pane";
import { DocsPane } from "./docs-pane";
import { OutlinePane } from "./outline-pane";
import { Refactoring } from "./refactoring";
import { Ribbon } from "./ribbon";
import { TabBar } from "./tab-bar";
import { TextEditor } from "./text-editor";

/** Views that few files have come when the first of them is shown. */
const CsvTableView = lazy(() => import("./csv-table").then((module) => ({ default: module.CsvTableView })));
const MarkdownPreview = lazy(() =>
  import("./markdown-preview").then((module) => ({ default: module.MarkdownPreview })),
);

export type SidePaneTab = "compiled" | "docs" | "diff" | "outline";
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
  const { controller, services, sideTab, onSideTab } = props;
  const state = useStore(controller.tabs);
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

  const active = activeGroup(state);
  const path = active.tabs.find((tab) => tabKey(tab) === active.active)?.path ?? null;
  return (
    <>
      <Refactoring controller={controller} services={services} readOnly={props.readOnly} />
      <Group id="editor-groups" orientation="horizontal" className="h-full" {...layout}>
        <Panel id="groups" minSize={260}>
          <Group id="split" orientation="horizontal" className="h-full">
            {state.groups.map((group, index) => (
              <Fragment key={group.id}>
                {index > 0 && <PanelSeparator orientation="horizontal" label="Resize editors" />}
                <Panel id={`group-${group.id}`} minSize={140}>
                  <GroupView
                    {...props}
                    group={group}
                    registry={registry}
                    focused={group.id === active.id}
                    onClose={close}
                    many={state.groups.length > 1}
                  />
                </Panel>
              </Fragment>
            ))}
          </Group>
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
          <section aria-label="Side pane" className="h-full overflow-hidden bg-canvas">
            <Tabs
              label="Side pane"
              value={sideTab}
              onChange={onSideTab}
              items={[
                { value: "compiled", label: "Compiled", content: <CompiledPane controller={controller} path={path} /> },
                {
                  value: "docs",
                  label: "Docs",
                  content: <DocsPane controller={controller} path={path} editForm={props.documentation} />,
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
        </Panel>
      </Group>
      <ConflictDialog controller={controller} />
      <UnsavedDialog controller={controller} question={question} onDone={() => setQuestion(null)} />
    </>
  );
}

type GroupViewProps = EditorAreaProps & {
  group: TabGroup;
  registry: ModelRegistry;
  focused: boolean;
  many: boolean;
  onClose: (tabs: readonly Tab[], groupId: number) => void;
};

function GroupView(props: GroupViewProps) {
  const { controller, group, registry, focused } = props;
  const tab = group.tabs.find((candidate) => tabKey(candidate) === group.active) ?? null;
  const focusGroup = () =>
    controller.tabs.update((state) => (state.activeGroup === group.id ? state : { ...state, activeGroup: group.id }));
  return (
    <section aria-label="Editor group" className="flex h-full min-w-0 flex-col overflow-hidden">
      {group.tabs.length > 0 && (
        <TabBar controller={controller} group={group} focused={focused && props.many} onClose={props.onClose} />
      )}
      {tab === null ? (
        props.welcome
      ) : (
        <TabContent {...props} tab={tab} registry={registry} focused={focused} onFocus={focusGroup} />
      )}
    </section>
  );
}

function TabContent(props: GroupViewProps & { tab: Tab; onFocus: () => void }) {
  const { controller, services, tab, focused } = props;
  const { path } = tab;
  const open = useStore(controller.buffers.store, (buffers) => buffers.has(path));
  const loading = useStore(controller.loading, (all) => all.get(path));
  const long = useStore(controller.buffers.store, (buffers) => isTooLong(buffers.get(path)?.text ?? ""));
  const editedElsewhere = useStore(controller.editedElsewhere, (paths) => paths.has(path));
  return (
    <>
      <Breadcrumbs
        controller={controller}
        path={path}
        readOnly={props.readOnly}
        canPreview={props.canPreview}
        focused={focused}
        onPreview={props.onPreview}
        onShowCompiled={() => {
          props.onSideTab("compiled");
          props.sideControl.open();
        }}
        onToggleSidePane={props.sideControl.toggle}
      />
      <Ribbon controller={controller} path={path} />
      <ConflictBar controller={controller} path={path} />
      {editedElsewhere && (
        <p role="status" className="shrink-0 border-b border-line bg-warning-soft px-3 py-1">
          This file has unsaved changes in another tab of this browser. Whoever saves second is asked before anything is
          overwritten.
        </p>
      )}
      {long && (
        <p role="status" className="shrink-0 border-b border-line bg-warning-soft px-3 py-1">
          This file has more than {mostRead.toLocaleString("en")} characters: outline, lenses, completion, refactorings
          and checks are off in it. Compile, preview and save work as usual.
        </p>
      )}
      <div className="relative min-h-0 flex-1">
        {tab.kind === "diff" ? (
          <DiffPane controller={controller} services={services} path={path} against={tab.against} />
        ) : open ? (
          <FileView {...props} />
        ) : (
          <NotOpen controller={controller} path={path} loading={loading} />
        )}
      </div>
    </>
  );
}

/** An open file: as text, as a table, or as text with its preview beside it. */
function FileView(props: GroupViewProps & { tab: Tab; onFocus: () => void }) {
  const { controller, registry, group, tab, focused, readOnly } = props;
  const { path } = tab;
  const other = useStore(controller.views.store, (flipped) => controller.views.isOther(path, flipped));
  const view = other ? otherViewOf(path) : null;
  // The model, not the buffer: it is another one when the file was closed and opened again, and the same with each key.
  const model = useStore(controller.buffers.store, () => registry.of(path));
  if (view === "table" && model !== null) {
    return (
      <Suspense fallback={<Skeleton lines={10} label="Loading the table" />}>
        <CsvTableView
          key={path}
          controller={controller}
          path={path}
          model={model}
          readOnly={readOnly}
          onShowText={() => controller.views.flip(path)}
        />
      </Suspense>
    );
  }
  const text = (
    <TextEditor
      controller={controller}
      registry={registry}
      groupId={group.id}
      path={path}
      active={focused}
      readOnly={readOnly}
      onFocus={props.onFocus}
    />
  );
  return (
    <div className="flex h-full min-w-0">
      <div className="min-w-0 flex-1">{text}</div>
      {view === "preview" && (
        <section aria-label="Preview of the page" className="min-w-0 flex-1 border-l border-line">
          <Suspense fallback={<Skeleton lines={10} label="Loading the preview" />}>
            <MarkdownPreview controller={controller} path={path} />
          </Suspense>
        </section>
      )}
    </div>
  );
}

function NotOpen({
  controller,
  path,
  loading,
}: {
  controller: EditorController;
  path: string;
  loading: ReturnType<EditorController["loading"]["get"]> extends ReadonlyMap<string, infer State>
    ? State | undefined
    : never;
}) {
  if (loading === undefined || loading === "loading") {
    return <Skeleton lines={10} label={`Opening ${path}`} />;
  }
  if (loading === "binary" || loading === "too-large") {
    return (
      <EmptyState
        icon={<FileCode2 />}
        title={loading === "binary" ? "This is not a text file" : "This file is too large to edit here"}
      >
        {loading === "binary" ? "Only text can be shown and edited." : "Files of up to 5 MB can be opened."}
      </EmptyState>
    );
  }
  const missing = loading.code === "NOT_FOUND";
  return (
    <ErrorState
      title={missing ? "This file does not exist any more" : "The file could not be opened"}
      message={missing ? `${path} was deleted or renamed.` : loading.message}
      hint={missing ? null : loading.hint}
      reference={missing ? null : loading.reference}
      actions={
        <>
          <Button onClick={() => controller.removed(path)}>Close the tab</Button>
          <Button onClick={() => void controller.load(path)}>Try again</Button>
        </>
      }
    />
  );
}
