import { defaultEngine, type EngineList } from "../contract/engines";
import type { Actor } from "../core";
import { listEngines, offeredDbtVersions, offeredPackages } from "../engines";
import { engineRunner } from "../sessions";

/** The engines of this installation, with their runners' state and what else can be added. @throws FORBIDDEN */
export async function engineOverview(actor: Actor): Promise<EngineList> {
  const engines = await listEngines(actor);
  return {
    engines: await Promise.all(
      engines.map(async (engine) => {
        const { dbtVersion, ...runner } = await engineRunner(engine.name);
        return { ...engine, dbtVersion: engine.name === defaultEngine ? dbtVersion : engine.dbtVersion, runner };
      }),
    ),
    offered: offeredPackages(),
    dbtVersions: [...offeredDbtVersions],
  };
}
