/** Every cycle that a walk along the edges closes, each as its names in order; names without edges end a walk. */
export function cyclesIn(edges: Record<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  const walk = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      cycles.push(trail.slice(start));
      return;
    }
    if (done.has(name)) return;
    for (const next of Object.hasOwn(edges, name) ? (edges[name] ?? []) : []) walk(next, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(edges)) walk(name, []);
  return cycles;
}
