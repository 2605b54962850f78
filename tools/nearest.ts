/** The word of `words` with the fewest single-letter changes from `word`; undefined when there are no words. */
export function nearest(word: string, words: string[]): string | undefined {
  return words.map((other) => ({ other, distance: changes(word, other) }))
    .sort((a, b) => a.distance - b.distance)[0]?.other;
}

/** Letters to insert, remove or replace to make `b` from `a`. */
function changes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
