import { redirect } from "next/navigation";
import { Home } from "@/components/projects";
import { currentActor } from "@/server/auth";

/** Home: the projects of the signed-in person's organisation. */
export default async function HomePage() {
  if ((await currentActor()) === null) {
    redirect("/signin");
  }
  return <Home />;
}
