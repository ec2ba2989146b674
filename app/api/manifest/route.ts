import { handleManifestUpload } from "@/server/api/manifest-upload";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export function POST(request: Request): Promise<Response> {
  return handleManifestUpload(request);
}
