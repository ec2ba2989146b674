"use client";
import dynamic from "next/dynamic";
import { TopBar } from "@/components/shell";
import type { Me, Project } from "@/server/contract";

/** The frame of the screen, while its parts arrive. */
function Opening() {
  return (
    <div className="flex h-dvh flex-col" role="status" aria-label="Opening the project">
      <TopBar />
      <div className="flex min-h-0 flex-1">
        <div className="w-11 border-r border-line bg-sunken" />
        <div className="w-[260px] border-r border-line bg-panel" />
      </div>
      <div className="h-6 border-t border-line bg-sunken" />
    </div>
  );
}

const Ide = dynamic(() => import("./ide").then((module) => module.Ide), { ssr: false, loading: Opening });

/** Loads the IDE in the browser only: the editor needs a window. */
export function IdeLoader({ project, me }: { project: Project; me: Me }) {
  return <Ide project={project} me={me} />;
}
