ALTER TABLE "sign_in_connections" ADD COLUMN "scopes" text DEFAULT 'openid email profile' NOT NULL;--> statement-breakpoint
UPDATE "roles" SET "permissions" = array_append("permissions", 'sign-in.manage') WHERE "built_in" AND "name" = 'admin' AND NOT 'sign-in.manage' = ANY("permissions");
