"use client";
import { useQuery } from "@tanstack/react-query";
import { Database, Files, GitBranch, Search, TriangleAlert } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTRPC, useTRPCClient } from "@/components/api";
import { countProblems, EditorArea, ProblemsPanel, type SidePaneTab, type Tab, Welcome } from "@/components/editor";
import { type FileDialog, FileDialogs, ScratchpadDialogs } from "@/components/files";
import { BranchMenu, VersionControl } from "@/components/git";
import { fileOf, HistoryPanel } from "@/components/history";
import { ResultsPanel } from "@/components/results";
import { SearchView } from "@/components/search";
import { DeferItem, SessionBanner, SessionIndicator, useDefer } from "@/components/session";
import {
  ActivityBar,
  Frame,
  KeyboardHelp,
  keysOf,
  Onboarding,
  Palette,
  type PaletteMode,
  PreferencesDialog,
  readJson,
  Store,
  TopBar,
  UserMenu,
  useCommandKeys,
  useOnboarded,
  usePanelControl,
  useStore,
  writeJson,
} from "@/components/shell";
import { Badge, Dialog, Select, Tabs } from "@/components/ui";
import type { IndexNode, Project, Workspace } from "@/server/contract";
import { builtRelationOf } from "./built-relation";
import { CatalogPane } from "./catalog-pane";
import { FilesPane } from "./files-pane";
import { LineageIcon, LineageTab } from "./lineage-tab";
import { ProjectMenu } from "./project-menu";
import { useCatalog } from "./use-catalog";
import { useCommands } from "./use-commands";
import { usePreviews } from "./use-previews";
import { useSurface } from "./use-surface";
import { useWorkspace } from "./use-workspace";
import { warehouseColumns } from "./warehouse-columns";
import { WorkbenchStatus } from "./workbench-status";

const DocumentationForm = lazy(() =>
  import("@/components/documentation").then((module) => ({ default: module.DocumentationForm })),
);
const CoverageDialog = lazy(() =>
  import("@/components/documentation").then((module) => ({ default: module.CoverageDialog })),
);
/** Node kinds that have an entry in YAML which the form can edit. */
const describable = new Set(["model", "seed", "snapshot", "source"]);

type SideView = "files" | "search" | "git" | "data";
type BottomTab = "results" | "lineage" | "problems" | "history";

function rememberedEnvironment(project: Project): string | null {
  const stored = readJson(`millrace:environment:${project.id}`);
  const found = project.environments.find((environment) => environment.id === stored);
  return (
    (found ?? project.environments.find((environment) => environment.isDefault) ?? project.environments[0])?.id ?? null
  );
}

/** The screen: features put side by side and told of one another. */
export function Workbench({ project, workspace }: { project: Project; workspace: Workspace }) {
  const workspaceId = workspace.id;
  const trpc = useTRPC();
  const client = useTRPCClient();
  const me = useQuery(trpc.me.get.queryOptions()).data;
  const [environmentId, setEnvironmentId] = useState(() => rememberedEnvironment(project));
  const { controller, services, results, search, checks, session, lineageNews } = useWorkspace(
    workspaceId,
    environmentId,
  );
  const policy =
    useQuery(
      trpc.preview.policy.queryOptions(
        { workspaceId, environmentId: environmentId ?? "" },
        { enabled: environmentId !== null },
      ),
    ).data ?? null;
  const tree = useQuery(trpc.files.tree.queryOptions({ workspaceId }));
  const git = useQuery(trpc.git.status.queryOptions({ workspaceId }));
  const [sideView, setSideView] = useState<SideView>("files");
  const [sideOpen, setSideOpen] = useState(true);
  const [bottomTab, setBottomTab] = useState<BottomTab>("results");
  const [sideTab, setSideTab] = useState<SidePaneTab>("compiled");
  const [palette, setPalette] = useState<PaletteMode | null>(null);
  const [dialog, setDialog] = useState<"coverage" | "onboarding" | "preferences" | "keyboard" | null>(null);
  const [fileDialogs] = useState(() => new Store<FileDialog | null>(null));
  const panels = { side: usePanelControl(260), bottom: usePanelControl("36%"), pane: usePanelControl("38%") };
  const closeRef = useRef<((tabs: readonly Tab[], groupId: number) => void) | null>(null);
  // Numbers, so that the screen stays as it is while problems only move with the text.
  const errors = useStore(controller.problems.store, (all) => countProblems(all).error);
  const problems = errors + useStore(controller.problems.store, (all) => countProblems(all).warning);
  const unsaved = useStore(controller.buffers.store, () => controller.buffers.dirty().length);

  const can = (permission: "file.write" | "git.push" | "preview.run") => me?.permissions.includes(permission) ?? false;
  const readOnly = me !== undefined && !can("file.write");
  const onboarded = useOnboarded();
  const showBottom = (tab: BottomTab) => {
    surface.leaveZen();
    setBottomTab(tab);
    panels.bottom.open();
  };
  const showSide = (view: SideView) => {
    surface.leaveZen();
    setSideView(view);
    panels.side.open();
    setSideOpen(true);
  };
  const files = tree.data?.filter((entry) => entry.kind === "file").map((entry) => entry.path) ?? [];
  const catalog = useCatalog(workspaceId, environmentId);
  const surface = useSurface({
    ...{ project, workspaceId, me, controller, results, environmentId, chooseEnvironment, showBottom, showSide },
    ...{ files, catalog },
    showOnboarding: () => setDialog("onboarding"),
  });
  const defer = useDefer({
    ...{ workspaceId, environmentId, status: session.status },
    onChanged: () => controller.compiler.graphChanged(),
  });
  const readColumns =
    can("preview.run") && environmentId !== null
      ? (of: IndexNode) =>
          warehouseColumns({ workspaceId, environmentId }, of, (path) => controller.buffers.get(path)?.text ?? null)
      : null;
  const previews = usePreviews({
    ...{ controller, results, place: { workspaceId, environmentId } },
    showResults: () => showBottom("results"),
  });
  const handlers = useCommands({
    previews: previews.handlers,
    defer: {
      deferOff: () => defer.choose("off"),
      deferProduction: () => defer.choose("on"),
      deferFavorState: () => defer.choose("favorState"),
    },
    surface: surface.handlers,
    controller,
    results,
    search,
    formatter: checks.formatter,
    session,
    panels,
    closeRef,
    fileDialogs,
    show: { bottom: showBottom, side: showSide, pane: setSideTab, palette: setPalette, dialog: setDialog },
  });
  useCommandKeys(handlers);

  useEffect(() => {
    const name = () => {
      const file = controller.activePath()?.split("/").at(-1);
      document.title = `${file ? `${file} · ` : ""}${project.name} · Millrace`;
    };
    name();
    return controller.tabs.subscribe(name);
  }, [controller, project.name]);

  function chooseEnvironment(id: string) {
    setEnvironmentId(id);
    writeJson(`millrace:environment:${project.id}`, id);
  }
  const branch = git.data?.branch ?? workspace.branch;
  return (
    <>
      <Frame
        onLeaveZen={surface.zen ? surface.leaveZen : null}
        topBar={
          <TopBar
            start={
              <>
                <span aria-hidden className="text-faint">
                  ▸
                </span>
                <ProjectMenu project={project} />
                <span aria-hidden className="text-faint">
                  ▸
                </span>
                <BranchMenu
                  workspaceId={workspaceId}
                  branch={branch}
                  readOnly={readOnly}
                  beforeSwitch={() => controller.saveAll()}
                  onSwitched={() => void controller.checkDisk([])}
                />
              </>
            }
            onSearch={() => setPalette("files")}
            searchKeys={keysOf("goToFile")}
            end={
              <>
                {environmentId !== null ? (
                  <Select
                    label="Environment"
                    variant="bare"
                    value={environmentId}
                    onChange={chooseEnvironment}
                    options={project.environments.map((environment) => ({
                      value: environment.id,
                      label: `env: ${environment.name}`,
                      hint: environment.adapter,
                    }))}
                  />
                ) : (
                  <Badge tone="warning">No environment</Badge>
                )}
                <SessionIndicator session={session} />
                <UserMenu onPreferences={() => setDialog("preferences")} onKeyboardHelp={() => setDialog("keyboard")} />
              </>
            }
          />
        }
        activityBar={
          <ActivityBar
            active={sideOpen ? sideView : null}
            onSelect={(view) => {
              if (view === "lineage") {
                showBottom("lineage");
              } else if (view === sideView && sideOpen) {
                panels.side.close();
                setSideOpen(false);
              } else {
                showSide(view);
              }
            }}
            items={[
              { id: "files", label: "Files", keys: keysOf("showFiles"), icon: <Files /> },
              { id: "search", label: "Search", keys: keysOf("showSearch"), icon: <Search /> },
              {
                id: "git",
                label: "Version control",
                keys: keysOf("showVersionControl"),
                icon: <GitBranch />,
                count: git.data?.changes.length ?? 0,
              },
              { id: "data", label: "Data explorer", keys: keysOf("showDataExplorer"), icon: <Database /> },
              { id: "lineage", label: "Lineage", keys: keysOf("showLineage"), icon: <LineageIcon /> },
            ]}
          />
        }
        sideControl={panels.side}
        onSideCollapse={(collapsed) => setSideOpen(!collapsed)}
        sideBar={
          sideView === "files" ? (
            <FilesPane
              {...{ controller, workspaceId, readOnly }}
              projectName={project.name}
              changes={git.data?.changes ?? []}
              dialogs={fileDialogs}
              scratchpadDialogs={surface.scratchpadDialogs}
              onPreview={can("preview.run") && environmentId !== null ? previews.previewFile : null}
            />
          ) : sideView === "data" ? (
            <CatalogPane
              {...{ catalog, controller, environmentId, rows: previews.ofRelation }}
              adapter={session.status.adapter}
            />
          ) : sideView === "search" ? (
            <SearchView
              search={search}
              readOnly={readOnly}
              onOpen={(path, match, { preview }) =>
                controller.open(path, { preview, place: { line: match.line, column: match.column } })
              }
            />
          ) : (
            <VersionControl
              workspaceId={workspaceId}
              readOnly={readOnly}
              canPush={can("git.push")}
              unsaved={unsaved}
              saveAll={() => controller.saveAll()}
              onOpenDiff={(path) => controller.open(path, { kind: "diff", preview: true })}
              onFilesChanged={(paths) => void controller.checkDisk(paths)}
            />
          )
        }
        main={
          <div className="flex h-full flex-col">
            <SessionBanner session={session} />
            {workspace.problem && (
              <p
                role="status"
                className="flex shrink-0 items-center gap-2 border-b border-line bg-warning-soft px-3 py-1.5"
              >
                <TriangleAlert aria-hidden className="size-4 shrink-0 text-warning" />
                {workspace.problem}
              </p>
            )}
            <div className="min-h-0 flex-1">
              <EditorArea
                controller={controller}
                services={services}
                readOnly={readOnly}
                canPreview={can("preview.run") && environmentId !== null}
                sideControl={panels.pane}
                sideTab={sideTab}
                onSideTab={setSideTab}
                onPreview={handlers.preview}
                onLens={previews.showLens}
                closeRef={closeRef}
                documentation={
                  readOnly
                    ? null
                    : (node) =>
                        describable.has(node.resourceType) && (
                          <DocumentationForm
                            key={node.uniqueId}
                            controller={controller}
                            services={services}
                            node={node}
                            readColumns={readColumns}
                          />
                        )
                }
                welcome={
                  onboarded ? (
                    <Welcome
                      onGoToFile={() => setPalette("files")}
                      onNewFile={readOnly ? null : () => handlers.newFile()}
                    />
                  ) : (
                    <div className="flex h-full items-center justify-center overflow-auto p-6">
                      <Onboarding onCommand={(id) => handlers[id]()} onDone={() => undefined} />
                    </div>
                  )
                }
              />
            </div>
          </div>
        }
        bottomControl={panels.bottom}
        bottom={
          <Tabs
            label="Bottom panel"
            value={bottomTab}
            onChange={setBottomTab}
            items={[
              {
                value: "results",
                label: "Results",
                content: (
                  <ResultsPanel
                    store={results}
                    policy={policy}
                    onGoTo={(location) => controller.open(location.path, { place: location })}
                    onMeasure={can("preview.run") ? previews.measure : undefined}
                    onColumn={previews.setColumn}
                    builtOf={(request) => builtRelationOf(request, controller.lookup.get().index.nodes)}
                    onExported={(queryId, format) =>
                      environmentId !== null &&
                      void client.preview.recordExport
                        .mutate({ workspaceId, environmentId, queryId, format })
                        .catch((error: unknown) => console.warn("The export could not be recorded.", error))
                    }
                  />
                ),
              },
              {
                value: "lineage",
                label: "Lineage",
                content: (
                  <LineageTab
                    controller={controller}
                    workspaceId={workspaceId}
                    environmentId={environmentId}
                    news={lineageNews}
                    readColumns={readColumns}
                  />
                ),
              },
              {
                value: "problems",
                label: (
                  <>
                    Problems
                    {problems > 0 && <Badge tone={errors > 0 ? "danger" : "warning"}>{problems}</Badge>}
                  </>
                ),
                content: (
                  <ProblemsPanel
                    controller={controller}
                    check={checks.projectCheck}
                    linter={checks.linter}
                    files={files}
                    readOnly={readOnly}
                    onConfigureLint={readOnly ? null : () => void checks.configureLint()}
                  />
                ),
              },
              {
                value: "history",
                label: "History",
                content: (
                  <HistoryPanel
                    workspaceId={workspaceId}
                    onOpen={(run) => {
                      const path = fileOf(run.subject);
                      return path !== null && files.includes(path) ? () => controller.open(path) : null;
                    }}
                    onRunAgain={(run) => {
                      const request = results.requestOf(run.queryId);
                      if (request === null || !can("preview.run")) {
                        return null;
                      }
                      return () => {
                        showBottom("results");
                        results.run(request);
                      };
                    }}
                  />
                ),
              },
            ]}
          />
        }
        statusBar={
          <WorkbenchStatus
            controller={controller}
            session={session}
            git={git.data ?? null}
            branch={branch}
            readOnly={readOnly}
            defer={environmentId === null ? null : <DeferItem defer={defer} canKeep={can("git.push")} />}
            onProblems={() => showBottom("problems")}
            onVersionControl={() => showSide("git")}
          />
        }
      />
      <Palette
        mode={palette}
        onModeChange={setPalette}
        files={files}
        recentFiles={controller.tabs.get().groups.flatMap((group) => group.tabs.map((tab) => tab.path))}
        symbols={palette === null ? [] : controller.symbols()}
        onFile={(path) => controller.open(path)}
        onSymbol={(symbol) => controller.open(symbol.path, { place: symbol.line ? { line: symbol.line } : null })}
        onCommand={(id) => handlers[id]()}
        moreCommands={palette === null ? [] : surface.moreCommands()}
        list={surface.list}
        onListClose={surface.closeList}
      />
      <FileDialogs
        workspaceId={workspaceId}
        store={fileDialogs}
        taken={new Set(tree.data?.map((entry) => entry.path) ?? [])}
        onCreated={(path) => controller.open(path)}
        onRenamed={(from, to) => controller.renamed(from, to)}
        onRemoved={(path) => controller.removed(path)}
      />
      {dialog === "coverage" && (
        <Suspense>
          <CoverageDialog controller={controller} onClose={() => setDialog(null)} />
        </Suspense>
      )}
      <PreferencesDialog
        open={dialog === "preferences"}
        onOpenChange={(open) => setDialog(open ? "preferences" : null)}
      />
      <ScratchpadDialogs
        workspaceId={workspaceId}
        dialogs={surface.scratchpadDialogs}
        onOpen={(path) => controller.open(path)}
        onRenamed={(from, to) => controller.renamed(from, to)}
      />
      <Dialog
        open={dialog === "onboarding"}
        onOpenChange={(open) => setDialog(open ? "onboarding" : null)}
        title="First steps"
      >
        <Onboarding
          onCommand={(id) => {
            setDialog(null);
            handlers[id]();
          }}
          onDone={() => setDialog(null)}
        />
      </Dialog>
      <KeyboardHelp open={dialog === "keyboard"} onOpenChange={(open) => setDialog(open ? "keyboard" : null)} />
    </>
  );
}
