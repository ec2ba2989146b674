-- Unlogged: written every few seconds, of no worth after a crash of the database (the web processes write their places again),
-- and a commit need not wait for the disk. Half-empty pages, so that renewing a row stays on its page and touches no index.
CREATE UNLOGGED TABLE "full_runners" (
	"engine" text PRIMARY KEY NOT NULL,
	"retry_at" timestamp with time zone NOT NULL,
	"probe" uuid
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "session_places" (
	"id" uuid PRIMARY KEY NOT NULL,
	"holder" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"engine" text NOT NULL,
	"position" integer,
	"used_at" timestamp with time zone NOT NULL,
	"busy" boolean NOT NULL,
	"watched" boolean NOT NULL,
	"gives_way_for" text,
	"expires_at" timestamp with time zone NOT NULL
) WITH (fillfactor = 50);
--> statement-breakpoint
CREATE INDEX "session_places_organisation" ON "session_places" USING btree ("organisation_id");
