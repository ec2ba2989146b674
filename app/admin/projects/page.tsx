import type { Metadata } from "next";
import { ProjectsScreen } from "@/components/admin";

export const metadata: Metadata = { title: "Projects" };

export default function Page() {
  return <ProjectsScreen />;
}
