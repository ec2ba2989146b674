"use client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { toErrorBody, useTRPCClient } from "@/components/api";
import { Button, Dialog, Field, Select, Spinner } from "@/components/ui";
import type { Engine, EngineList, ErrorBody } from "@/server/contract";
import { TextField } from "./project-dialog";

const newest = "newest";

/** Adds an engine, or finishes one that broke off, and shows how far it is. Closing the dialog does not stop it. */
export function EngineDialog(props: {
  list: EngineList;
  engine: Engine | null;
  onClose: () => void;
  onChanged: () => unknown;
}) {
  const { list, engine, onClose, onChanged } = props;
  const [packageName, setPackage] = useState(engine?.packages[0] ?? list.offered[0]?.package ?? "");
  const [dbt, setDbt] = useState(engine?.dbt ?? newest);
  const [name, setName] = useState(engine?.name ?? "");
  const addition = useAddition(onChanged);
  const suggested = `${packageName.replace(/^dbt-/, "")}${dbt === newest ? "" : `-${dbt}`}`;
  const versions = [...new Set([...list.dbtVersions, ...(engine?.dbt ? [engine.dbt] : [])])];
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={engine === null ? "Add an engine" : `Finish ${engine.name}`}
      description="The packages are downloaded from the package registry that the server uses, and checked against the hashes of the first choice. It takes some minutes."
    >
      <form
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          addition.start({ package: packageName, dbt: dbt === newest ? null : dbt, name: name === "" ? null : name });
        }}
      >
        <div className="grid grid-cols-2 gap-3">
          <Field label="Adapter">
            {({ id }) => (
              <Select
                id={id}
                value={packageName}
                disabled={engine !== null || addition.running}
                options={list.offered.map((one) => ({ value: one.package, label: one.label, hint: one.package }))}
                onChange={setPackage}
              />
            )}
          </Field>
          <Field label="dbt version">
            {({ id }) => (
              <Select
                id={id}
                value={dbt}
                disabled={engine !== null || addition.running}
                options={[
                  { value: newest, label: "Newest that works" },
                  ...versions.map((version) => ({ value: version, label: version })),
                ]}
                onChange={setDbt}
              />
            )}
          </Field>
        </div>
        {engine === null && (
          <TextField label="Name" hint={`Empty for “${suggested}”.`} value={name} onChange={setName} />
        )}
        {addition.running && (
          <p role="status" className="flex items-center gap-2 text-muted">
            <Spinner /> {addition.text ?? "Starting…"}
          </p>
        )}
        {addition.done && (
          <p role="status" className="text-success">
            The engine is ready. Environments can use it now.
          </p>
        )}
        {addition.error !== null && (
          <div role="alert" className="text-danger">
            <p className="whitespace-pre-wrap">{addition.error.message}</p>
            {addition.error.hint && <p className="text-muted">{addition.error.hint}</p>}
          </div>
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>{addition.running ? "Go on in the background" : "Close"}</Button>
          {!addition.done && (
            <Button variant="primary" type="submit" busy={addition.running} disabled={packageName === ""}>
              {engine === null ? "Add engine" : "Finish engine"}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

interface Addition {
  running: boolean;
  done: boolean;
  text: string | null;
  error: ErrorBody | null;
  start(input: { package: string; dbt: string | null; name: string | null }): void;
}

function useAddition(onChanged: () => unknown): Addition {
  const client = useTRPCClient();
  const subscription = useRef<{ unsubscribe(): void } | null>(null);
  const [state, setState] = useState<Omit<Addition, "start">>({ running: false, done: false, text: null, error: null });
  useEffect(() => () => subscription.current?.unsubscribe(), []);
  function finish(error: ErrorBody | null) {
    subscription.current?.unsubscribe();
    subscription.current = null;
    setState({ running: false, done: error === null, text: null, error });
    void onChanged();
  }
  function start(input: Parameters<Addition["start"]>[0]) {
    if (subscription.current) return;
    setState({ running: true, done: false, text: null, error: null });
    subscription.current = client.admin.engines.add.subscribe(input, {
      onData(event) {
        if (event.type === "progress") setState((before) => ({ ...before, text: event.text }));
        else finish(event.type === "done" ? null : event.error);
      },
      onError: (thrown) => finish(toErrorBody(thrown)),
    });
  }
  return { ...state, start };
}
