"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Button, ConfirmDialog, Field, Input, toast } from "@/components/ui";
import { type SessionLimit, type SessionLimits, sessionLimitDefinitions } from "@/server/contract";
import { changesOf, effectsOf, type LimitTexts, limitGroups, textsOf } from "./limits-form";
import { Loaded, ScreenHeader, When } from "./screen";

/** How long dbt sessions live, how many there may be, and what each may take. */
export function LimitsScreen() {
  const trpc = useTRPC();
  const limits = useQuery(trpc.admin.sessions.limits.queryOptions());
  return (
    <>
      <ScreenHeader title="Session limits">
        How long dbt sessions live, how many your organisation may have at a time, and what each may take of the server.
        What you save counts at once and is in the audit trail.
      </ScreenHeader>
      <Loaded query={limits}>
        {(data) => <LimitsForm key={data.limits.map(({ changedAt }) => changedAt).join()} {...data} />}
      </Loaded>
    </>
  );
}

function LimitsForm({ limits, runner, running, waiting }: SessionLimits) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [texts, setTexts] = useState<LimitTexts>(() => textsOf(limits));
  const [confirming, setConfirming] = useState(false);
  const save = useMutation(
    trpc.admin.sessions.setLimits.mutationOptions({
      onSuccess: (saved) => queryClient.setQueryData(trpc.admin.sessions.limits.queryKey(), saved),
    }),
  );
  const wanted = changesOf(texts, limits);
  const changed = Object.keys(wanted.changes).length > 0;
  const wrong = Object.keys(wanted.problems).length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (changed && !wrong) setConfirming(true);
  }
  async function confirm() {
    try {
      await save.mutateAsync(wanted.changes);
      toast.success("The limits count from now on.");
    } catch (error) {
      toast.error(errorText(error));
    }
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-6">
      <p className="text-muted" data-testid="limits-now">
        Your organisation has {running} {running === 1 ? "session" : "sessions"} now
        {waiting > 0 && `, and ${waiting} ${waiting === 1 ? "waits" : "wait"} in line`}.
        {runner !== null &&
          ` The server runs ${runner.sessions} of at most ${runner.maxSessions}, of every organisation; its operator sets that.`}
      </p>
      {limitGroups.map(({ title, names }) => (
        <fieldset key={title} className="flex flex-col gap-4 rounded-[6px] border border-line p-4">
          <legend className="px-1 font-semibold">{title}</legend>
          {names
            .flatMap((name) => limits.filter((limit) => limit.name === name))
            .map((limit) => (
              <LimitField
                key={limit.name}
                limit={limit}
                text={texts[limit.name] ?? ""}
                problem={wanted.problems[limit.name] ?? null}
                onChange={(text) => setTexts({ ...texts, [limit.name]: text })}
              />
            ))}
        </fieldset>
      ))}
      <div className="sticky bottom-0 flex items-center gap-2 border-t border-line bg-canvas py-3">
        <Button type="submit" variant="primary" busy={save.isPending} disabled={!changed || wrong}>
          Save limits
        </Button>
        <Button type="button" disabled={!changed && !wrong} onClick={() => setTexts(textsOf(limits))}>
          Undo changes
        </Button>
      </div>
      <ConfirmDialog
        open={confirming}
        onOpenChange={setConfirming}
        title="Change the session limits?"
        description={
          <span className="flex flex-col gap-1">
            {effectsOf(wanted, limits).map((effect) => (
              <span key={effect}>{effect}</span>
            ))}
          </span>
        }
        confirm="Save limits"
        onConfirm={confirm}
      />
    </form>
  );
}

function LimitField({
  limit,
  text,
  problem,
  onChange,
}: {
  limit: SessionLimit;
  text: string;
  problem: string | null;
  onChange: (text: string) => void;
}) {
  const { label, help, unit } = sessionLimitDefinitions[limit.name];
  const { min, max, value, set, changedBy, changedAt } = limit;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_220px] items-start gap-6">
      <Field
        label={label}
        hint={`${help} From ${min.toLocaleString()} to ${max.toLocaleString()} ${unit}.`}
        error={problem}
      >
        {(control) => (
          <span className="grid max-w-[300px] grid-cols-[160px_auto] items-center gap-2">
            <Input
              {...control}
              inputMode="numeric"
              placeholder={`${limit.default} (default)`}
              value={text}
              onChange={(event) => onChange(event.target.value)}
            />
            <span className="text-muted">{unit}</span>
          </span>
        )}
      </Field>
      <p className="pt-6 text-muted">
        {changedBy === null ? (
          "The default counts."
        ) : (
          <>
            Set by {changedBy}, <When at={changedAt} />
          </>
        )}
        {set !== null && set > value && ` The operator allows ${value.toLocaleString()} ${unit}, which counts.`}
      </p>
    </div>
  );
}
