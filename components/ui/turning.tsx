"use client";
import type { LucideIcon } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";

/** Milliseconds between two steps. */
const step = 125;

/**
 * Moves an element on, eight times a second, while `on`; people who want less motion see it rest. A CSS animation would have the
 * browser make sixty frames a second, and each key that is typed meanwhile wait for the next of them.
 */
export function useSteps<Moved extends HTMLElement | SVGElement>(
  on: boolean,
  transformOf: (step: number) => string,
): RefObject<Moved | null> {
  const moved = useRef<Moved>(null);
  const transform = useRef(transformOf);
  useEffect(() => {
    const element = moved.current;
    if (!on || element === null || window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      return;
    }
    let steps = 0;
    const timer = setInterval(() => {
      steps += 1;
      element.style.transform = transform.current(steps);
    }, step);
    return () => {
      clearInterval(timer);
      element.style.transform = "";
    };
  }, [on]);
  return moved;
}

/** An icon that turns while something is at work. Decorative: a text says what goes on. */
export function Turning({ icon: Icon, on, className }: { icon: LucideIcon; on: boolean; className?: string }) {
  const turned = useSteps<SVGSVGElement>(on, (steps) => `rotate(${(steps % 8) * 45}deg)`);
  return <Icon ref={turned} aria-hidden className={className} />;
}
