"use client";
import { Button } from "@/parts/controls";
import { Section } from "@/parts/Section";

/** The way to a first look for who has no file at hand. */
export function Sample({ onShow, isBusy }: { onShow: () => void; isBusy: boolean }) {
  return (
    <Section title="No file at hand?" said="A simulated business shows what you get; it is marked as simulated everywhere and goes again with one click.">
      <Button disabled={isBusy} onClick={onShow}>
        Show a simulated business
      </Button>
    </Section>
  );
}
