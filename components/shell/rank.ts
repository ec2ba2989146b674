/**
 * How well `needle` fits `text`, higher is better, or null when its characters do not occur in order. Runs of characters, starts of
 * words and the part after the last slash count more; spaces in the needle mean nothing.
 */
export function matchScore(text: string, needle: string): number | null {
  const wanted = needle.toLowerCase().replace(/\s+/g, "");
  if (wanted === "") {
    return 0;
  }
  const lower = text.toLowerCase();
  const nameStart = lower.lastIndexOf("/") + 1;
  const direct = lower.indexOf(wanted, nameStart);
  if (direct >= 0) {
    return (
      1000 - (direct - nameStart) * 4 - (lower.length - nameStart - wanted.length) - (direct === nameStart ? 0 : 50)
    );
  }
  let score = 0;
  let position = -1;
  for (const character of wanted) {
    const next = lower.indexOf(character, position + 1);
    if (next < 0) {
      return null;
    }
    const before = lower[next - 1];
    score += next === position + 1 ? 8 : 0;
    score += before === undefined || /[/_.\-\s]/.test(before) ? 6 : 0;
    score += next >= nameStart ? 2 : 0;
    score -= Math.min(next - position - 1, 8) * 0.5;
    position = next;
  }
  return score - lower.length * 0.05;
}

/** The best `limit` items for `needle`, best first; with an empty needle the first ones as they come. */
export function rank<Item>(
  items: readonly Item[],
  needle: string,
  textOf: (item: Item) => string,
  limit: number,
): Item[] {
  if (needle.trim() === "") {
    return items.slice(0, limit);
  }
  const scored: { item: Item; score: number }[] = [];
  for (const item of items) {
    const score = matchScore(textOf(item), needle);
    if (score !== null) {
      scored.push({ item, score });
    }
  }
  scored.sort((left, right) => right.score - left.score);
  return scored.slice(0, limit).map(({ item }) => item);
}
