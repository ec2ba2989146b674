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
}

/** The screen: bars around three panels that resize, collapse and remember. */
export function Frame(props: FrameProps) {
  const across = useDefaultLayout({ id: "millrace:layout:across", storage: window.localStorage });
  const down = useDefaultLayout({ id: "millrace:layout:down", storage: window.localStorage });
  return (
    <div className="flex h-dvh flex-col overflow-hidden bg-canvas">
      {props.topBar}
      <div className="flex min-h-0 flex-1">
        {props.activityBar}
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
            <aside aria-label="Side bar" className="h-full overflow-hidden bg-panel">
              {props.sideBar}
            </aside>
          </Panel>
          <PanelSeparator orientation="horizontal" label="Resize side bar" />
          <Panel id="work" minSize={360}>
            <Group id="down" orientation="vertical" {...down}>
              <Panel id="editor" minSize={120}>
                <main className="h-full overflow-hidden">{props.main}</main>
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
                <section aria-label="Bottom panel" className="h-full overflow-hidden bg-canvas">
                  {props.bottom}
                </section>
              </Panel>
            </Group>
          </Panel>
        </Group>
      </div>
      {props.statusBar}
    </div>
  );
}
