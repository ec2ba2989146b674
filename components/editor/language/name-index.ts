/** Names to choose from, prepared so that the best of ten thousand are found within a millisecond or two. */
export class NameIndex<Item> {
  private readonly entries: readonly { item: Item; name: string; lower: string }[];

  constructor(items: readonly Item[], nameOf: (item: Item) => string) {
    this.entries = items
      .map((item) => {
        const name = nameOf(item);
        return { item, name, lower: name.toLowerCase() };
      })
      .sort((left, right) => (left.lower < right.lower ? -1 : left.lower > right.lower ? 1 : 0));
  }

  /**
   * The items that fit what is typed: those that begin with it, then those with a word that does, then those that hold it, then
   * those with its letters in order. Among equals the more used come first. `more` tells that some were left out.
   */
  search(typed: string, limit: number, usage: (name: string) => number = () => 0): { items: Item[]; more: boolean } {
    const wanted = typed.toLowerCase();
    const used: { item: Item; rank: number; uses: number }[] = [];
    const others: Item[][] = [[], [], [], []];
    for (const { item, name, lower } of this.entries) {
      const rank = wanted === "" ? 0 : rankOf(lower, wanted);
      if (rank >= 0) {
        const uses = usage(name);
        if (uses > 0) {
          used.push({ item, rank, uses });
        } else {
          others[rank]?.push(item);
        }
      }
    }
    used.sort((left, right) => left.rank - right.rank || right.uses - left.uses);
    const items: Item[] = [];
    others.forEach((group, rank) => {
      items.push(...used.filter((one) => one.rank === rank).map(({ item }) => item));
      items.push(...group.slice(0, Math.max(0, limit - items.length)));
    });
    const found = used.length + others.reduce((count, group) => count + group.length, 0);
    return { items: items.slice(0, limit), more: found > limit };
  }
}

function rankOf(name: string, wanted: string): number {
  const at = name.indexOf(wanted);
  if (at === 0) {
    return 0;
  }
  if (at > 0) {
    return name.includes(`_${wanted}`) || name.includes(`.${wanted}`) ? 1 : 2;
  }
  let position = 0;
  for (let index = 0; index < wanted.length; index += 1) {
    position = name.indexOf(wanted[index] ?? "", position) + 1;
    if (position === 0) {
      return -1;
    }
  }
  return 3;
}
