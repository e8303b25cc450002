import "./globals.css";

import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";

import { App } from "@/frame/App";

export const metadata: Metadata = { title: "Holdfast", robots: { index: false } };
export const viewport: Viewport = { width: "device-width", initialScale: 1 };

// Before the first paint: the theme that was chosen on this machine.
const THEME = `try{var t=localStorage.getItem("holdfast-theme");if(t==="dark"||t==="light")document.documentElement.dataset.theme=t}catch(e){}`;

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        <script suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME }} />
      </head>
      <body>
        <App>{children}</App>
      </body>
    </html>
  );
}
