// OpenAI's own client: the wire is the same.
//
//   node openai-client.js "The state of the union is"

import OpenAI from "openai";

const baseURL = `${process.env.AFTERWORD_URL ?? "http://127.0.0.1:8787"}/v1`;
const client = new OpenAI({ baseURL, apiKey: process.env.AFTERWORD_KEY ?? "none" });

const stream = await client.completions.create({
  model: "default",
  prompt: process.argv[2] ?? "The state of the union is",
  max_tokens: 24,
  temperature: 0.7,
  seed: 1,
  stream: true,
});
for await (const { choices } of stream) process.stdout.write(choices[0]?.text ?? "");
process.stdout.write("\n");
