import type { Metadata } from "next";
import { PeopleScreen } from "@/components/admin";

export const metadata: Metadata = { title: "People and roles" };

export default function Page() {
  return <PeopleScreen />;
}
