/** Union-find over strings: which items hang together. */
export class DisjointSets {
  readonly #parent = new Map<string, string>();

  /** The set's present representative; an unknown item becomes a set of its own. */
  find(item: string): string {
    let root = item;
    for (let up = this.#parent.get(root); up !== undefined && up !== root; up = this.#parent.get(root))
      root = up;
    for (let at = item; at !== root;) {
      const up = this.#parent.get(at) ?? root;
      this.#parent.set(at, root);
      at = up;
    }
    if (!this.#parent.has(root)) this.#parent.set(root, root);
    return root;
  }

  join(a: string, b: string): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA !== rootB) this.#parent.set(rootB, rootA);
  }

  /** All sets, each with its items. */
  groups(): string[][] {
    const groups = new Map<string, string[]>();
    for (const item of this.#parent.keys()) {
      const root = this.find(item);
      const group = groups.get(root);
      if (group) group.push(item);
      else groups.set(root, [item]);
    }
    return [...groups.values()];
  }
}
