import { setHoverDelegateFactory } from "monaco-editor/base/browser/ui/hover/hoverDelegateFactory";
import * as monaco from "monaco-editor/editor";
import { StandaloneServices } from "monaco-editor/editor/standalone/browser/standaloneServices";
import { WorkbenchHoverDelegate } from "monaco-editor/platform/hover/browser/hover";
import { IInstantiationService } from "monaco-editor/platform/instantiation/common/instantiation";

/**
 * Has toolbars work after a comparison was closed. The editor that was made last makes the tooltips of all of them, and those of a diff
 * editor cannot any more when that is gone: peeking then showed nothing until another editor was opened.
 */
export function makeHoversForGood(): void {
  monaco.editor.onDidCreateDiffEditor(() => {
    const services = StandaloneServices.get(IInstantiationService);
    setHoverDelegateFactory((placement, instantHover) =>
      services.createInstance(WorkbenchHoverDelegate, placement, { instantHover }, {}),
    );
  });
}
