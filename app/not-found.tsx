import Link from "next/link";
import { EmptyState } from "@/components/ui";

/** Also what people of another organisation see: it never says whether the thing exists. */
export default function NotFound() {
  return (
    <main className="h-full">
      <EmptyState
        title="There is nothing here for you"
        actions={
          <Link href="/" className="text-accent underline">
            Go to your projects
          </Link>
        }
      >
        The address is wrong, the thing was removed, or it belongs to others.
      </EmptyState>
    </main>
  );
}
