"use client";
import { Button, ErrorState } from "@/components/ui";

/** A page that failed to render. The digest leads to the log line. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="h-full">
      <ErrorState
        title="This page could not be shown"
        message="Something went wrong in Millrace. What you typed is kept in this browser."
        hint="Try again; if it happens again, give the reference to your administrator."
        reference={error.digest}
        actions={<Button onClick={reset}>Try again</Button>}
      />
    </main>
  );
}
