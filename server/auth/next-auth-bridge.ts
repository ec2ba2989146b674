import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth, { type AuthOptions } from "next-auth";
import { parseCookies } from "./cookies";

/** Bytes of a form that next-auth reads. */
const maxFormBytes = 32 * 1024;

/** What next-auth writes its answer to. */
class CapturedResponse {
  statusCode = 200;
  readonly headers = new Map<string, string | string[]>();
  body: string | null = null;

  status(code: number): this {
    this.statusCode = code;
    return this;
  }
  getHeader(name: string): string | string[] | undefined {
    return this.headers.get(name.toLowerCase());
  }
  setHeader(name: string, value: string | string[]): this {
    this.headers.set(name.toLowerCase(), value);
    return this;
  }
  json(value: unknown): void {
    this.setHeader("Content-Type", "application/json");
    this.body = JSON.stringify(value);
  }
  send(value: unknown): void {
    if (typeof value === "object" && value !== null) this.json(value);
    else this.body = value === undefined ? null : String(value);
  }
  end(): void {
    this.body ??= null;
  }

  toResponse(): Response {
    const headers = new Headers();
    for (const [name, value] of this.headers) {
      for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
    }
    return new Response(this.body, { status: this.statusCode, headers });
  }
}

async function readForm(request: Request): Promise<Record<string, string>> {
  if (request.method !== "POST") return {};
  const text = await request.text();
  if (text.length > maxFormBytes) return {};
  return Object.fromEntries(new URLSearchParams(text));
}

/**
 * Calls next-auth with options made for this one request, in its request/response form. (Its route-handler form reads Next.js'
 * ambient headers, which ties it to a running page; this form takes all that it knows from the arguments.)
 */
export async function callNextAuth(request: Request, path: readonly string[], options: AuthOptions): Promise<Response> {
  const response = new CapturedResponse();
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const standIn = {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    cookies: parseCookies(request.headers.get("cookie")),
    query: { ...query, nextauth: [...path] },
    body: await readForm(request),
  };
  await NextAuth(standIn as unknown as NextApiRequest, response as unknown as NextApiResponse, options);
  return response.toResponse();
}
