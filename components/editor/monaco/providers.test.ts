import { expect, test, vi } from "vitest";
import { Store } from "@/components/shell";
import { emptyLookup } from "../language/project-lookup";
import { LensRows } from "./lens-rows";
import { connectProject } from "./providers";

/** Has every property and method, which give the same again, besides the `known` ones. */
function anything<Thing>(known: object = {}): Thing {
  return new Proxy(() => undefined, {
    get: (_target, key) =>
      key in known
        ? Reflect.get(known, key)
        : key === Symbol.toPrimitive
          ? () => 0
          : key === Symbol.iterator
            ? () => [].values()
            : anything(),
    apply: () => anything(),
  }) as Thing;
}

test("lenses follow the project's index, whoever put them there, until the project is left", () => {
  const refresh = vi.spyOn(LensRows.prototype, "refresh");
  const lookup = new Store(emptyLookup);
  const services = { workspaceId: "w" };
  const stop = connectProject(
    anything<Parameters<typeof connectProject>[0]>(),
    anything<Parameters<typeof connectProject>[1]>({ controller: anything({ lookup }), services, readOnly: false }),
  );
  refresh.mockClear();
  lookup.update((before) => Object.create(before));
  expect(refresh).toHaveBeenCalledTimes(1);
  stop();
  refresh.mockClear();
  lookup.update((before) => Object.create(before));
  expect(refresh).not.toHaveBeenCalled();
});
