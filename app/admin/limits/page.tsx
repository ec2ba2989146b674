import type { Metadata } from "next";
import { LimitsScreen } from "@/components/admin";

export const metadata: Metadata = { title: "Session limits" };

export default function Page() {
  return <LimitsScreen />;
}
