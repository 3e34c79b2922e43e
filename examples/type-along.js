// Types a text letter by letter and shows what would have been suggested:
//
//   node type-along.js "The state of the union is strong"

import { connect } from "@afterword/client";

const text = process.argv[2] ?? "The state of the union is strong";
const url = process.env.AFTERWORD_URL ?? "http://127.0.0.1:8787";

const session = await connect({ url, key: process.env.AFTERWORD_KEY }).open();
for await (const { position, predictions } of session.type(text, { limit: 3 })) {
  const shown = predictions.map(
    ({ word, probability }) => `${word} ${Math.round(100 * probability)} %`,
  );
  process.stdout.write(`${text.slice(0, position).padEnd(text.length)} │ ${shown.join("  ")}\n`);
}
await session.delete();
