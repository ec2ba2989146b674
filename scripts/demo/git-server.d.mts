/** Types of git-server.mjs for the tests that are written in TypeScript. */
export function startGitServer(options: {
  root: string;
  port?: number;
  token: string;
  environment?: Record<string, string | undefined>;
}): Promise<{ port: number; url: (name: string) => string; close: () => Promise<void> }>;
