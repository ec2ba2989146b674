"use client";
import type { ReactNode, Ref } from "react";
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
  open(): void;
  close(): void;
  toggle(): void;
}

/** A handle for one panel of the frame. */
export function usePanelControl(): PanelControl {
  const ref = usePanelRef();
  return {
    ref,
    open: () => {
      if (ref.current?.isCollapsed()) {
        ref.current.expand();
      }
    },
    close: () => ref.current?.collapse(),
    toggle: () => (ref.current?.isCollapsed() ? ref.current.expand() : ref.current?.collapse()),
  };
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
            defaultSize={260}
            groupResizeBehavior="preserve-pixel-size"
            onResize={(size) => props.onSideCollapse?.(size.inPixels < 1)}
          >
            <aside aria-label="Side bar" inert={zen} className={classNames("h-full overflow-hidden bg-panel", hidden)}>
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
                defaultSize="36%"
              >
                <section
                  aria-label="Bottom panel"
                  inert={zen}
                  className={classNames("h-full overflow-hidden bg-canvas", hidden)}
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
