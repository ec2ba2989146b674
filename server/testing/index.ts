export { actorOf, seedTestOrganisations, testOrganisations, useTestDatabase } from "./database";
