import { handlePreview } from "@/server/api/preview-stream";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export function POST(request: Request): Promise<Response> {
  return handlePreview(request);
}
