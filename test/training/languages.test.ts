// Languages that the README names as tried: a small text of each trains, and what comes next is predicted as it is written.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { predictText } from "#inference/predict-text";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
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
