// Languages that the README names as tried: a small text of each trains, and what comes next is predicted as it is written.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { predictText } from "#inference/predict-text";
import { readMasterFile } from "#model/master-file";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { train } from "#training/loop/train";
import type { TrainOptions } from "#training/loop/train-options";
import type { Parent } from "#training/loop/warm-start";
import { RunFolder } from "#training/run/folder";
import { readRunSettings } from "#training/run/settings";
import { seededRandom } from "../tiny-model.ts";
import { listenTo, tinyRun } from "./tiny-run.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "languages-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Language, sentences, a text that is being typed, and the text once the first prediction is accepted. */
const TEXTS: [string, string[], string, string][] = [
  ["tr", ["İstanbul çok güzel bir şehir.", "Işık söndü, ılık bir akşamdı.", "Çocuklar bahçede oynuyor."], "Işık söndü, ıl", "Işık söndü, ılık"],
  ["de", ["Die Äpfel sind größer als die Birnen.", "Er sagte: „Guten Tag.“", "Die Straße ist z. B. sehr schön."], "Die Äpfel sind gr", "Die Äpfel sind größer"],
  ["fr", ["Où est l’école ?", "Nous n’avons pas d’argent.", "« Bonjour », dit-elle."], "Où est l’é", "Où est l’école"],
  ["es", ["¿Dónde está la niña?", "España es un país grande.", "¡Qué día!"], "¿Dónde est", "¿Dónde está"],
  ["el", ["Η Αθήνα είναι μεγάλη πόλη.", "Πού είναι ο λόγος;", "Ο ήλιος λάμπει σήμερα."], "Η Αθήνα είναι μεγ", "Η Αθήνα είναι μεγάλη"],
  ["ru", ["Ёлка стоит в доме.", "Что ты делаешь?", "Он сказал: «Добрый день»."], "Ёлка ст", "Ёлка стоит"],
  ["hi", ["यह एक सुंदर शहर है।", "हिन्दी भारत की भाषा है।", "आप कैसे हैं?"], "हिन्दी भारत की भा", "हिन्दी भारत की भाषा"],
  ["ar", ["السلام عليكم.", "هل أنت بخير؟", "الجو جميل اليوم، والشمس مشرقة."], "السلام عل", "السلام عليكم"],
  ["he", ["מה שלומך היום?", "העיר גדולה מאוד.", "ירושלים היא עיר יפה."], "מה של", "מה שלומך"],
]; // prettier-ignore

it.each(TEXTS)(
  "%s",
  async (language, sentences, typed, accepted) => {
    const random = seededRandom(4);
    const order = Array.from({ length: 1_200 }, () => sentences[Math.floor(random() * 3)]!);
    const corpus = join(folder, `${language}.txt`);
    writeFileSync(corpus, order.join(" "));
    const run = tinyRun(corpus, new RunFolder(join(folder, language)));
    let words = 0;
    const heard = listenTo({ onCorpus: ({ vocabulary }) => (words = vocabulary.size) });
    const summary = await train({ ...run, language }, heard);
    expect(words).toBeLessThan(40); // of so few sentences: none is read together with its marks
    const file = readFileSync(summary.edgePath);
    const [first] = predictText(await readEdgeModule(), file, typed, 1);
    expect(typed.slice(0, typed.length - first!.replace) + first!.insert).toBe(accepted);
    const next = predictText(await readEdgeModule(), file, `${order[0]} `, 200);
    const begins = sentences.map(
      (sentence) => sentence.replace(/^[¿¡«]\s*/u, "").split(/[ ,]/)[0]!,
    );
    const offered = next.map(({ insert }) => insert.trim());
    expect(begins.filter((word) => offered.includes(word)).length).toBeGreaterThan(1);
  },
  60_000,
);

describe("a model that goes on", () => {
  const SENTENCES = TEXTS[0]![1];
  let corpus: string;
  let from: Parent;
  beforeAll(async () => {
    corpus = join(folder, "parent.txt");
    writeFileSync(corpus, `${SENTENCES.join(" ")} `.repeat(400));
    from = await goOn("parent", { language: "tr" });
  });

  async function goOn(run: string, options: Partial<TrainOptions>): Promise<Parent> {
    const files = new RunFolder(join(folder, run));
    const { masterPath } = await train({ ...tinyRun(corpus, files), maxSteps: 5, ...options }, listenTo()); // prettier-ignore
    return { version: "parent", master: readMasterFile(readFileSync(masterPath)) };
  }

  const settingsOf = async (run: string) => readRunSettings(new RunFolder(join(folder, run)));

  it("reads its text by its parent's language where none is given", async () => {
    const { master } = await goOn("child", { from });
    expect(master.metadata.language).toBe("tr");
    const { language, parent } = (await settingsOf("child"))!;
    expect({ language, words: parent!.words }).toEqual({
      language: "tr",
      words: { kept: from.master.vocabulary.size, new: 0, dropped: 0 },
    });
  });

  it("resumes in it, with its parent at hand or without", async () => {
    await goOn("resumed", { from });
    await goOn("resumed", { from, resume: true, maxSteps: 6 });
    const { master } = await goOn("resumed", { resume: true, maxSteps: 7 });
    expect(master.metadata.language).toBe("tr");
  });

  it("reads it by the language that is given", async () => {
    const { master } = await goOn("english", { from, language: "en" });
    expect(master.metadata.language).toBe("en");
    expect(master.vocabulary.has("işık")).toBe(true); // as English writes Işık in lower case
    expect((await settingsOf("english"))!.language).toBe("en");
  });
});
