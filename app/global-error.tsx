"use client";

/** The last resort, when the layout itself failed: no styles and no components can be relied on. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>Millrace could not show this page</h1>
          <p>
            What you typed is kept in this browser. Try again; if it happens again, give this reference to your
            administrator: {error.digest ?? "none"}
          </p>
          <button type="button" onClick={reset}>
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
