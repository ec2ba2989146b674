import type { Metadata } from "next";
import { EnginesScreen } from "@/components/admin";

export const metadata: Metadata = { title: "Engines" };

export default function Page() {
  return <EnginesScreen />;
}
