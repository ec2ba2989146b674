import { handleAuthRequest } from "@/server/auth";

export const dynamic = "force-dynamic";

async function handle(request: Request, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> {
  const { nextauth } = await context.params;
  return handleAuthRequest(request, nextauth);
}

export { handle as GET, handle as POST };
