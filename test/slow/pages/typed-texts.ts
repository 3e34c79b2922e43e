// test/slow/pages/typed-texts: texts as somebody types and edits them, the same in every host.

const WORDS = "the State of united union and to in a that people unit our is be year great unity world Kowalski don't U.S. 1,000 café 😀".split(" "); // prettier-ignore

/** So many texts after a change each: some letters more, a word taken back, another text begun. */
export function makeTexts(count: number, random: () => number): string[][] {
  const below = (limit: number) => Math.floor(random() * limit);
  const texts: string[][] = [];
  for (let made = 0; made < count;) {
    const steps: string[] = [];
    let text = "";
    let word = "";
    while (steps.length < 500 && made < count) {
      if (random() < 0.04) [text, word] = [text.slice(0, below(text.length + 1)), ""];
      if (word === "") word = `${WORDS[below(WORDS.length)]}${random() < 0.1 ? ". " : " "}`;
      const letters = 1 + below(3);
      text += word.slice(0, letters);
      word = word.slice(letters);
      steps.push(text);
      made++;
    }
    texts.push(steps);
  }
  return texts;
}
