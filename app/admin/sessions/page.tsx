import type { Metadata } from "next";
import { SessionsScreen } from "@/components/admin";

export const metadata: Metadata = { title: "Sessions" };

export default function Page() {
  return <SessionsScreen />;
}
