"use client";
import { FileCode2 } from "lucide-react";
import { Fragment, lazy, type ReactNode, Suspense } from "react";
import { Group, Panel } from "react-resizable-panels";
import { type PanelControl, PanelSeparator, useStore } from "@/components/shell";
import { Button, EmptyState, ErrorState, Skeleton } from "@/components/ui";
import { isTooLong, mostRead } from "../language/long-texts";
import type { EditorController } from "../model/controller";
import type { Unopened } from "../model/file-opener";
import { otherViewOf } from "../model/file-views";
import type { EditorServices } from "../model/services";
import { activeGroup, type Tab, type TabGroup, tabKey } from "../model/tabs";
import type { ModelRegistry } from "../monaco/models";
import { Breadcrumbs } from "./breadcrumbs";
import { ConflictBar } from "./conflict";
import { DiffPane } from "./diff-pane";
import { Ribbon } from "./ribbon";
import type { SidePaneTab } from "./side-pane";
import { TabBar } from "./tab-bar";
import { TextEditor } from "./text-editor";

/** Views that few files have come when the first of them is shown. */
const CsvTableView = lazy(() => import("./csv-table").then((module) => ({ default: module.CsvTableView })));
const MarkdownPreview = lazy(() =>
  import("./markdown-preview").then((module) => ({ default: module.MarkdownPreview })),
);

export interface EditorGroupsProps {
  controller: EditorController;
  services: EditorServices;
  registry: ModelRegistry;
  readOnly: boolean;
  canPreview: boolean;
  sideControl: PanelControl;
  onSideTab: (tab: SidePaneTab) => void;
  onPreview: () => void;
  /** Shown when nothing is open. */
  welcome: ReactNode;
  /** Closes tabs after asking about unsaved text. */
  onClose: (tabs: readonly Tab[], groupId: number) => void;
}

/** The groups of tabs, side by side. */
export function EditorGroups(props: EditorGroupsProps) {
  const state = useStore(props.controller.tabs);
  const active = activeGroup(state);
  return (
    <Group id="split" orientation="horizontal" className="h-full">
      {state.groups.map((group, index) => (
        <Fragment key={group.id}>
          {index > 0 && <PanelSeparator orientation="horizontal" label="Resize editors" />}
          <Panel id={`group-${group.id}`} minSize={140}>
            <GroupView {...props} group={group} focused={group.id === active.id} many={state.groups.length > 1} />
          </Panel>
        </Fragment>
      ))}
    </Group>
  );
}

type GroupViewProps = EditorGroupsProps & {
  group: TabGroup;
  focused: boolean;
  many: boolean;
};

function GroupView(props: GroupViewProps) {
  const { controller, group, focused } = props;
  const tab = group.tabs.find((candidate) => tabKey(candidate) === group.active) ?? null;
  const focusGroup = () =>
    controller.tabs.update((state) => (state.activeGroup === group.id ? state : { ...state, activeGroup: group.id }));
  return (
    <section aria-label="Editor group" className="flex h-full min-w-0 flex-col overflow-hidden">
      {group.tabs.length > 0 && (
        <TabBar controller={controller} group={group} focused={focused && props.many} onClose={props.onClose} />
      )}
      {tab === null ? props.welcome : <TabContent {...props} tab={tab} onFocus={focusGroup} />}
    </section>
  );
}

function TabContent(props: GroupViewProps & { tab: Tab; onFocus: () => void }) {
  const { controller, services, tab, focused } = props;
  const { path } = tab;
  const open = useStore(controller.buffers.store, (buffers) => buffers.has(path));
  const loading = useStore(controller.files.unopened, (all) => all.get(path));
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
  loading: Unopened | undefined;
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
          <Button onClick={() => void controller.files.load(path)}>Try again</Button>
        </>
      }
    />
  );
}
