"use client";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useTRPC } from "@/components/api";
import { Menu, MenuGroup, MenuLink, MenuSeparator } from "@/components/ui";
import type { Project } from "@/server/contract";

/** The project, and the way to the others. */
export function ProjectMenu({ project }: { project: Project }) {
  const trpc = useTRPC();
  const projects = useQuery(trpc.projects.list.queryOptions());
  const others = projects.data?.filter((other) => other.id !== project.id) ?? [];
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={`Project: ${project.name}`}
          className="flex h-6 min-w-0 items-center gap-1 rounded-[4px] px-1.5 hover:bg-hover"
        >
          <span className="truncate">{project.name}</span>
          <ChevronDown aria-hidden className="size-3 shrink-0 text-faint" />
        </button>
      }
    >
      {others.length > 0 && (
        <>
          <MenuGroup label="Other projects">
            {others.map((other) => (
              <MenuLink key={other.id} href={`/p/${other.slug}`}>
                {other.name}
              </MenuLink>
            ))}
          </MenuGroup>
          <MenuSeparator />
        </>
      )}
      <MenuLink href="/">All projects</MenuLink>
    </Menu>
  );
}
