/**
 * One instance per process under `name`. Next.js may load a module more than once in one process (instrumentation, route
 * handlers, server components), so module-level state would silently split.
 */
export function processSingleton<T>(name: string, make: () => T): T {
  const key = Symbol.for(`millrace.${name}`);
  const store = globalThis as Record<symbol, T | undefined>;
  store[key] ??= make();
  return store[key];
}
