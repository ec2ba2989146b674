import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { ApiProvider } from "@/components/api";
import { densityCookie, readDensity, readTheme, themeCookie } from "@/components/shell/appearance";
import { Toaster, TooltipProvider } from "@/components/ui";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Millrace", template: "%s · Millrace" },
  description: "The dbt IDE in the browser",
};
export const viewport: Viewport = { width: "device-width", initialScale: 1 };

/** The theme comes from a cookie, so the first paint is right without a script; reading it also keeps pages dynamic, which the CSP's nonce needs. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const jar = await cookies();
  return (
    <html
      lang="en"
      data-theme={readTheme(jar.get(themeCookie)?.value)}
      data-density={readDensity(jar.get(densityCookie)?.value)}
    >
      <body>
        <ApiProvider>
          <TooltipProvider delay={500}>{children}</TooltipProvider>
          <Toaster />
        </ApiProvider>
      </body>
    </html>
  );
}
