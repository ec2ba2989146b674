"use client";
import { type ReactNode, type Ref, useRef } from "react";
import {
  Group,
  Panel,
  type PanelImperativeHandle,
  Separator,
  useDefaultLayout,
  usePanelRef,
} from "react-resizable-panels";
import { classNames } from "@/components/ui";
import { personStorage } from "./person";

/** Opens, closes and toggles one collapsible panel. */
export interface PanelControl {
  ref: Ref<PanelImperativeHandle | null>;
  /** In pixels, or a share of what is there ("36%"). */
  defaultSize: number | string;
  open(): void;
  close(): void;
  toggle(): void;
}

/** A handle for one panel of the frame. One that was closed already when the page came has no size to go back to but its default. */
export function usePanelControl(defaultSize: number | string): PanelControl {
  const ref = usePanelRef();
  const hasSize = useRef(false);
  function open() {
    const panel = ref.current;
    if (panel?.isCollapsed()) {
      if (hasSize.current) panel.expand();
      else panel.resize(defaultSize);
    }
  }
  function close() {
    hasSize.current ||= ref.current?.isCollapsed() === false;
    ref.current?.collapse();
  }
  return { ref, defaultSize, open, close, toggle: () => (ref.current?.isCollapsed() ? open() : close()) };
}

/** The line between two panels: drag it, or focus it and use the arrow keys. */
export function PanelSeparator({ orientation, label }: { orientation: "horizontal" | "vertical"; label: string }) {
  return (
    <Separator
      aria-label={label}
      className={classNames(
        "relative shrink-0 bg-line outline-none transition-colors after:absolute after:z-10 hover:bg-accent data-[separator=active]:bg-accent data-[separator=focus]:bg-accent focus-visible:bg-accent",
        orientation === "horizontal"
          ? "w-px after:inset-y-0 after:-inset-x-1"
          : "h-px after:inset-x-0 after:-inset-y-1",
      )}
    />
  );
}

export interface FrameProps {
  topBar: ReactNode;
  activityBar: ReactNode;
  sideBar: ReactNode;
  sideControl: PanelControl;
  onSideCollapse?: (collapsed: boolean) => void;
  main: ReactNode;
  bottom: ReactNode;
  bottomControl: PanelControl;
  statusBar: ReactNode;
  /** Nothing but the editor: what to call to leave it; null for the whole screen. */
  onLeaveZen: (() => void) | null;
}

/** The screen: bars around three panels that resize, collapse and remember. */
export function Frame(props: FrameProps) {
  const across = useDefaultLayout({ id: "millrace:layout:across", storage: personStorage });
  const down = useDefaultLayout({ id: "millrace:layout:down", storage: personStorage });
  const zen = props.onLeaveZen !== null;
  const hidden = zen && "invisible";
  return (
    <div className="flex h-dvh flex-col overflow-hidden bg-canvas">
      <div inert={zen} className={classNames(hidden)}>
        {props.topBar}
      </div>
      <div className="flex min-h-0 flex-1">
        <div inert={zen} className={classNames("flex", hidden)}>
          {props.activityBar}
        </div>
        <Group id="across" className="min-w-0 flex-1" orientation="horizontal" {...across}>
          <Panel
            id="side"
            panelRef={props.sideControl.ref}
            collapsible
            collapsedSize={0}
            minSize={190}
            maxSize="45%"
            defaultSize={props.sideControl.defaultSize}
            groupResizeBehavior="preserve-pixel-size"
            onResize={(size) => props.onSideCollapse?.(size.inPixels < 1)}
          >
            <aside
              aria-label="Side bar"
              inert={zen}
              className={classNames("isolate h-full overflow-hidden bg-panel [contain:strict]", hidden)}
            >
              {props.sideBar}
            </aside>
          </Panel>
          <PanelSeparator orientation="horizontal" label="Resize side bar" />
          <Panel id="work" minSize={360}>
            <Group id="down" orientation="vertical" {...down}>
              <Panel id="editor" minSize={120}>
                <main className={classNames("h-full overflow-hidden", zen && "fixed inset-0 z-30 bg-canvas")}>
                  {props.main}
                  {props.onLeaveZen !== null && (
                    <button
                      type="button"
                      onClick={props.onLeaveZen}
                      className="absolute right-4 bottom-3 z-30 rounded-[5px] border border-line bg-raised px-2 py-0.5 text-xs text-muted opacity-60 hover:text-ink hover:opacity-100 focus-visible:opacity-100"
                    >
                      Leave zen mode
                    </button>
                  )}
                </main>
              </Panel>
              <PanelSeparator orientation="vertical" label="Resize bottom panel" />
              <Panel
                id="bottom"
                panelRef={props.bottomControl.ref}
                collapsible
                collapsedSize={0}
                minSize={110}
                defaultSize={props.bottomControl.defaultSize}
              >
                <section
                  aria-label="Bottom panel"
                  inert={zen}
                  className={classNames("isolate h-full overflow-hidden bg-canvas [contain:strict]", hidden)}
                >
                  {props.bottom}
                </section>
              </Panel>
            </Group>
          </Panel>
        </Group>
      </div>
      <div inert={zen} className={classNames(hidden)}>
        {props.statusBar}
      </div>
    </div>
  );
}
