import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { currentActor } from "@/server/auth";
import { describeMe } from "@/server/orgs";
import { listProjects } from "@/server/projects";
import { IdeLoader } from "./ide-loader";

interface Props {
  params: Promise<{ project: string }>;
}

async function actorFor(slug: string) {
  const actor = await currentActor();
  if (actor === null) {
    redirect(`/signin?callbackUrl=${encodeURIComponent(`/p/${slug}`)}`);
  }
  return actor;
}

async function projectBySlug(slug: string) {
  return (await listProjects(await actorFor(slug))).find((project) => project.slug === slug) ?? null;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const project = await projectBySlug((await params).project);
  return { title: project?.name ?? "Not found" };
}

/** The IDE of one project. */
export default async function ProjectPage({ params }: Props) {
  const { project: slug } = await params;
  const project = await projectBySlug(slug);
  if (project === null) {
    notFound();
  }
  return <IdeLoader project={project} me={await describeMe(await actorFor(slug))} />;
}
