"use client";
// Whether the window is as narrow as a phone's: for what is drawn in another way there, not only laid out in another.
import { useEffect, useState } from "react";

export function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(false);
  useEffect(() => {
    const media = matchMedia("(max-width: 767px)");
    const look = () => setNarrow(media.matches);
    look();
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return isNarrow;
}
