"use client";
// A sentence in pieces: each number opens the customers that it counts.
import Link from "next/link";

import type { Answer } from "@/api/client";

import { asQuery } from "./CountOf";
import { customersLink } from "./customers-link";

type Piece = Answer<"/api/v1/today">["title_pieces"][number];

export function Pieces({ name, pieces }: { name: string; pieces: readonly Piece[] }) {
  return (
    <>
      {pieces.map((piece, at) =>
        piece.query && piece.measure ? (
          <Link
            key={at}
            prefetch={false}
            href={customersLink(asQuery(piece.query))}
            data-metric={`${name} ${at}`}
            data-measure={piece.measure}
            data-value={piece.value ?? undefined}
            className="underline decoration-line-strong decoration-1 underline-offset-4 hover:text-accent hover:decoration-accent"
          >
            {piece.text}
          </Link>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
