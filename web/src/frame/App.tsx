"use client";
// Around every page: answers, rail, top bar, banners, keyboard.
import { QueryClientProvider } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { Component, type ReactNode, useState } from "react";

import { newQueryClient } from "@/api/answers";
import { Problem } from "@/parts/states";
import { ToastArea } from "@/parts/toasts";

import { Banners } from "./Banners";
import { Keyboard } from "./Keyboard";
import { KeyEntry } from "./KeyEntry";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

export function App({ children }: { children: ReactNode }) {
  const [client] = useState(newQueryClient);
  const path = usePathname();
  return (
    <QueryClientProvider client={client}>
      <a href="#main" className="sr-only z-50 rounded bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:left-2 focus:top-2">
        Skip to the page
      </a>
      <div className="flex min-h-dvh">
        <Rail />
        <div className="min-w-0 flex-1 pb-16 md:pb-0">
          <TopBar />
          <Banners />
          <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[1280px] px-4 py-6 outline-none md:px-8">
            <Fence key={path}>{children}</Fence>
          </main>
        </div>
      </div>
      <Keyboard />
      <KeyEntry />
      <ToastArea />
    </QueryClientProvider>
  );
}

/** A page that cannot be drawn says so; the frame stays, and another page is drawn. */
class Fence extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (this.state.error) return <Problem error={this.state.error} onRetry={() => this.setState({ error: null })} />;
    return this.props.children;
  }
}
