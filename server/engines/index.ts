export { checkConnection } from "./connection";
export { endpointsOf } from "./egress";
export { explainConnectionFailure } from "./failures";
export { furtherHosts } from "./forms";
export { addEngine, connectionForms, listEngines, offeredDbtVersions, offeredPackages, removeEngine } from "./manage";
export { ensureRunner, runnerSocket } from "./runners";
