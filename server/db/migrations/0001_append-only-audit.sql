-- The audit trail is append-only: the database itself refuses to change or remove what was written.
create function audit_events_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'The audit trail is append-only.' using errcode = 'insufficient_privilege';
end
$$;
--> statement-breakpoint
create trigger audit_events_append_only before update or delete or truncate on audit_events
  for each statement execute function audit_events_append_only();
