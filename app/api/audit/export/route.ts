import { exportAudit } from "@/server/api/audit-export";

export const dynamic = "force-dynamic";

export { exportAudit as GET };
