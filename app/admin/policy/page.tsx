import type { Metadata } from "next";
import { PolicyScreen } from "@/components/admin";

export const metadata: Metadata = { title: "Preview policy" };

export default function Page() {
  return <PolicyScreen />;
}
