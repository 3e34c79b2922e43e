// training/ngram/reference: the n-gram model again, in plain code over maps of words: the truth that the fast one is held
// against. Counts, smooths and looks up by the formulas of kneser-ney; prunes nothing, rounds nothing.

const SEPARATOR = " "; // ids are numbers, so it is in none of them

interface Follower {
  count: number; // how often
  before: Set<number>; // after which words the whole n-gram was seen
}

export interface ReferenceOptions {
  words: number; // N
  endId: number;
  unknownId: number;
  order: number;
}

/**
 * Counts a text.
 * @returns p(word | last words), the oldest of them first
 */
export function countReference(
  ids: ArrayLike<number>,
  { words: N, endId, unknownId, order }: ReferenceOptions,
): (last: number[], word: number) => number {
  const text = [endId, ...Array.from(ids)];
  const contexts = Array.from({ length: order }, () => new Map<string, Map<number, Follower>>()); // by their length
  for (let at = 1; at < text.length; at++) {
    for (let length = 0; length < order && length <= at; length++) {
      const context = text.slice(at - length, at);
      if (context.lastIndexOf(endId) > 0) break;
      const key = context.join(SEPARATOR);
      const followers = contexts[length]!.get(key) ?? new Map<number, Follower>();
      contexts[length]!.set(key, followers);
      const follower = followers.get(text[at]!) ?? { count: 0, before: new Set() };
      followers.set(text[at]!, follower);
      follower.count++;
      follower.before.add(text[at - length - 1] ?? -1);
    }
  }
  const countOf = (length: number, key: string, { count, before }: Follower) => {
    const opensSentence = key.split(SEPARATOR)[0] === String(endId);
    return length === order - 1 || opensSentence ? count : before.size;
  };
  const discounts = contexts.map((followers, length) => {
    const all = [...followers].flatMap(([key, words]) =>
      [...words.values()].map((follower) => countOf(length, key, follower)),
    );
    return discountsOf(all);
  });

  const shares = (length: number, key: string, word: number) => {
    const followers = contexts[length]!.get(key);
    if (!followers) return { share: 0, rest: 1 };
    const counts = [...followers.values()].map((follower) => countOf(length, key, follower));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const discountOf = (count: number) => discounts[length]![Math.min(count, 3) - 1]!;
    const taken = counts.reduce((sum, count) => sum + discountOf(count), 0);
    const here = followers.get(word);
    const count = here && countOf(length, key, here);
    return { share: count ? (count - discountOf(count)) / total : 0, rest: taken / total };
  };
  const neverUnknown = !contexts[0]!.get("")?.has(unknownId);

  return (last, word) => {
    const { share, rest } = shares(0, "", word);
    const uniform = neverUnknown ? (1 / N + Number(word === unknownId)) / 2 : 1 / N;
    let p = share + rest * uniform;
    const reach = last.slice(Math.max(last.lastIndexOf(endId), 0));
    for (let length = 1; length < order && length <= reach.length; length++) {
      const { share, rest } = shares(length, reach.slice(-length).join(SEPARATOR), word);
      p = share + rest * p;
    }
    return p;
  };
}

function discountsOf(counts: number[]): number[] {
  const [n1, n2, n3, n4] = [1, 2, 3, 4].map((n) => counts.filter((count) => count === n).length);
  const Y = n1! / (n1! + 2 * n2!);
  const estimates = [1 - 2 * Y * (n2! / n1!), 2 - 3 * Y * (n3! / n2!), 3 - 4 * Y * (n4! / n3!)];
  return estimates.map((D, index) =>
    Number.isFinite(D) ? Math.min(Math.max(D, 0.05), index + 1) : 0.5,
  );
}
