import type { Metadata } from "next";
import { AuditScreen } from "@/components/admin";

export const metadata: Metadata = { title: "Audit" };

export default function Page() {
  return <AuditScreen />;
}
