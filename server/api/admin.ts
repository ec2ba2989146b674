import { z } from "zod";
import { overview } from "../admin";
import { listAudit } from "../audit";
import { auditFilterInput } from "../contract/admin";
import { saveRoleInput, setActiveInput, setRoleInput } from "../contract/people";
import { removePolicyRuleInput, setPolicyRuleInput } from "../contract/policy";
import { listPeople, listRoles, removeRole, saveRole, setActive, setRole } from "../orgs";
import { listPolicyRules, policyTargets, removePolicyRule, setPolicyRule } from "../policy";
import { adminEnginesRouter } from "./admin-engines";
import { adminSessionsRouter } from "./admin-sessions";
import { adminSignInRouter } from "./admin-sign-in";
import { procedure, router } from "./trpc";

const policies = router({
  list: procedure.query(({ ctx }) => listPolicyRules(ctx.actor)),
  targets: procedure.query(({ ctx }) => policyTargets(ctx.actor)),
  set: procedure.input(setPolicyRuleInput).mutation(({ ctx, input }) => setPolicyRule(ctx.actor, input)),
  remove: procedure.input(removePolicyRuleInput).mutation(({ ctx, input }) => removePolicyRule(ctx.actor, input)),
});

const people = router({
  list: procedure.query(({ ctx }) => listPeople(ctx.actor)),
  setRole: procedure.input(setRoleInput).mutation(({ ctx, input }) => setRole(ctx.actor, input)),
  setActive: procedure.input(setActiveInput).mutation(({ ctx, input }) => setActive(ctx.actor, input)),
});

const roles = router({
  list: procedure.query(({ ctx }) => listRoles(ctx.actor)),
  save: procedure.input(saveRoleInput).mutation(({ ctx, input }) => saveRole(ctx.actor, input)),
  remove: procedure.input(z.object({ roleId: z.string() })).mutation(({ ctx, input }) => removeRole(ctx.actor, input)),
});

const audit = router({
  list: procedure.input(auditFilterInput).query(({ ctx, input }) => listAudit(ctx.actor, input)),
});

/** The admin console. Each service function checks its own permission. */
export const adminRouter = router({
  overview: procedure.query(({ ctx }) => overview(ctx.actor)),
  policies,
  people,
  roles,
  sessions: adminSessionsRouter,
  signIn: adminSignInRouter,
  engines: adminEnginesRouter,
  audit,
});
