"use client";
import dynamic from "next/dynamic";
import { Spinner } from "@/components/ui";

function Loading() {
  return (
    <div className="flex h-full items-center justify-center gap-2 text-muted" role="status">
      <Spinner /> Loading the lineage
    </div>
  );
}

/** The lineage of the project around the open file; its code is fetched when it is first shown. */
export const LineagePanel = dynamic(() => import("./lineage-panel").then((module) => module.LineagePanel), {
  ssr: false,
  loading: Loading,
});
