"use client";
import { lazy, Suspense } from "react";
import { useStore } from "@/components/shell";
import type { EditorController } from "../model/controller";
import type { EditorServices } from "../model/services";

const RefactorDialog = lazy(() => import("../refactor/refactor-dialog"));

/** The refactoring that the person asked for; its code is loaded with the first one. */
export function Refactoring({
  controller,
  services,
  readOnly,
}: {
  controller: EditorController;
  services: EditorServices;
  readOnly: boolean;
}) {
  const request = useStore(controller.refactoring);
  return (
    request && (
      <Suspense fallback={null}>
        <RefactorDialog
          key={`${request.kind} ${request.path} ${request.start}`}
          controller={controller}
          services={services}
          readOnly={readOnly}
          request={request}
        />
      </Suspense>
    )
  );
}
