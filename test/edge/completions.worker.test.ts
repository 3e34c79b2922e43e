import { beforeAll, describe, expect, it } from "vitest";
import { call, publish, startAfresh, VERSION_A } from "./support.ts";

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

const complete = async (body: object) => {
  const { status, body: answer } = await call("POST", "/v1/completions", body);
  expect(answer.error).toBeUndefined();
  expect(status).toBe(200);
  return answer;
};
const refusal = async (body: object) => {
  const { status, body: answer } = await call("POST", "/v1/completions", body);
  return { status, param: answer.error?.param };
};
/** What a stream sent, but for [DONE]. */
const stream = async (body: object) => {
  const { headers, body: text } = await call("POST", "/v1/completions", { ...body, stream: true });
  expect(headers.get("content-type")).toContain("text/event-stream");
  const events = (text as string).split("\n\n");
  expect(events.slice(-2)).toEqual(["data: [DONE]", ""]);
  return events.slice(0, -2).map((event) => JSON.parse(event.slice("data: ".length)));
};

const PROMPT = "The State of the Union.";

describe("POST /v1/completions", () => {
  it("answers in OpenAI's shape", async () => {
    const answer = await complete({ prompt: PROMPT, seed: 1 });
    expect(answer).toEqual({
      id: expect.stringMatching(/^cmpl-/),
      object: "text_completion",
      created: expect.any(Number),
      model: "default",
      system_fingerprint: expect.stringMatching(/^fp_[0-9a-f]{12}$/),
      choices: [{ index: 0, text: expect.any(String), logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 7, completion_tokens: 16, total_tokens: 23 },
    });
  });

  it("takes null for every default", async () => {
    const names = ["prompt", "max_tokens", "temperature", "top_p", "n", "best_of", "echo", "logprobs", "stop", "seed", "stream", "stream_options", "suffix", "logit_bias", "frequency_penalty", "presence_penalty", "model"]; // prettier-ignore
    const answer = await complete(Object.fromEntries(names.map((name) => [name, null])));
    expect(answer.usage.completion_tokens).toBe(16);
  });

  it("passes over fields it does not know", async () => {
    await complete({ prompt: "the", user: "u", min_p: 0.1, max_tokens: 1 });
  });

  it("writes the same text for the same seed, and another for another", async () => {
    const textOf = async (seed: number) => (await complete({ prompt: PROMPT, seed })).choices[0].text; // prettier-ignore
    expect(await textOf(7)).toBe(await textOf(7));
    expect(await textOf(7)).not.toBe(await textOf(8));
  });

  it("draws the very words that were drawn when this was written", async () => {
    const { choices } = await complete({ prompt: PROMPT, seed: 42, max_tokens: 12, top_p: 0.9 });
    expect(choices[0].text).toMatchInlineSnapshot(`" State Wordaa of. year. union state a, year"`);
  });

  it("never writes a placeholder", async () => {
    const { choices } = await complete({ prompt: PROMPT, n: 20, max_tokens: 50, seed: 3 });
    for (const { text } of choices) expect(text).not.toMatch(/<unk>|<num>|<eos>/);
  });

  it("takes the topK words at temperature 0", async () => {
    const { choices } = await complete({ prompt: PROMPT, temperature: 0, n: 2, logprobs: 1 });
    expect(choices[0].text).toBe(choices[1].text);
    const { choices: nucleus } = await complete({ prompt: PROMPT, top_p: 0, seed: 9 });
    expect(nucleus[0].text).toBe(choices[0].text);
  });

  it("numbers the answers to several prompts", async () => {
    const body = { prompt: [PROMPT, "our people"], n: 2, seed: 5, max_tokens: 4 };
    const { choices, usage } = await complete(body);
    expect(choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3]);
    const second = await complete({ ...body, prompt: "our people" });
    expect(choices[2].text).toBe(second.choices[0].text);
    expect(usage).toEqual({ prompt_tokens: 9, completion_tokens: 16, total_tokens: 25 });
  });

  it("takes word ids for a prompt, one or several lists", async () => {
    const { body } = await call("POST", "/tokenize", { prompt: PROMPT });
    const settings = { seed: 5, max_tokens: 6 };
    const fromText = await complete({ prompt: PROMPT, ...settings });
    const fromIds = await complete({ prompt: body.tokens, ...settings });
    const fromLists = await complete({ prompt: [body.tokens, body.tokens], ...settings });
    expect(fromIds.choices[0].text).toBe(fromText.choices[0].text);
    expect(fromLists.choices[1].text).toBe(fromText.choices[0].text);
  });

  it("completes the word that a prompt ends inside of", async () => {
    const { choices, usage } = await complete({ prompt: "the unif", max_tokens: 1 });
    expect(choices[0].text).toBe("orm");
    expect(usage.prompt_tokens).toBe(1);
  });

  it("keeps the best of several", async () => {
    const settings = { prompt: PROMPT, seed: 2, logprobs: 0, max_tokens: 8 };
    const best = (await complete({ ...settings, best_of: 6 })).choices;
    const all = (await complete({ ...settings, n: 6 })).choices;
    const total = ({ logprobs }: any) =>
      logprobs.token_logprobs.reduce((sum: number, value: number) => sum + value, 0);
    expect(best).toHaveLength(1);
    expect(total(best[0])).toBe(Math.max(...all.map(total)));
  });

  it("obeys a bias", async () => {
    const { body } = await call("POST", "/tokenize", { prompt: "world" });
    const logit_bias = { [body.tokens[0]]: 100 };
    const { choices } = await complete({ prompt: "the ", logit_bias, max_tokens: 2 });
    expect(choices[0].text).toBe("world world");
  });
});

describe("log-probabilities", () => {
  it("are reported for what was written", async () => {
    const { choices } = await complete({ prompt: PROMPT, max_tokens: 5, logprobs: 3, seed: 1 });
    const { text, logprobs } = choices[0];
    expect(logprobs.tokens.join("")).toBe(text);
    expect(logprobs.text_offset[0]).toBe(PROMPT.length);
    logprobs.tokens.forEach((token: string, index: number) => {
      const top = logprobs.top_logprobs[index];
      expect(top[token]).toBe(logprobs.token_logprobs[index]);
      expect(Object.keys(top).length).toBeGreaterThanOrEqual(3);
      expect(Object.keys(top).length).toBeLessThanOrEqual(4);
    });
  });

  it("come without alternatives where 0 are asked for", async () => {
    const { choices } = await complete({ prompt: PROMPT, max_tokens: 2, logprobs: 0 });
    expect(choices[0].logprobs.token_logprobs).toHaveLength(2);
    expect(choices[0].logprobs.top_logprobs).toBeNull();
  });

  it("score an echoed prompt as /v1/score does", async () => {
    const { tokens } = (await call("POST", "/v1/tokenize", { prompt: PROMPT })).body;
    const endId = 1;
    const settings = { echo: true, max_tokens: 0, logprobs: 1, temperature: 0 };
    const { choices, usage } = await complete({ prompt: [[endId, ...tokens]], ...settings });
    const [first, ...rest] = choices[0].logprobs.token_logprobs;
    expect(first).toBeNull();
    expect(choices[0].logprobs.top_logprobs[0]).toBeNull();
    const { body } = await call("POST", "/v1/score", { text: PROMPT });
    expect(body.tokens).toBe(rest.length);
    expect(rest.reduce((sum: number, value: number) => sum + value, 0)).toBe(body.log_probability);
    expect(usage).toEqual({ prompt_tokens: 8, completion_tokens: 0, total_tokens: 8 });
  });

  it("tell by the same number whether a word was the topK, as lm-eval asks", async () => {
    const greedy = (await complete({ prompt: "the state ", temperature: 0, max_tokens: 1 })).choices[0].text; // prettier-ignore
    const prompt = `the state ${greedy}`;
    const { choices } = await complete({ prompt, echo: true, max_tokens: 1, logprobs: 1, temperature: 0 }); // prettier-ignore
    const { token_logprobs, top_logprobs, tokens, text_offset } = choices[0].logprobs;
    expect(token_logprobs[2]).toBe(Math.max(...(Object.values(top_logprobs[2]) as number[])));
    expect(choices[0].text).toBe(prompt + tokens[3]);
    expect(text_offset).toEqual([0, 3, 9, prompt.length]);
  });
});

describe("a stop", () => {
  it("may be one of as many as lm-eval's tasks name", async () => {
    const settings = { prompt: PROMPT, seed: 11, max_tokens: 30 };
    const { text } = (await complete(settings)).choices[0];
    const stop = ["</s>", "Q:", "Question:", "\n\n", "<|im_end|>", "<eos>", text.slice(12, 14)];
    const { choices } = await complete({ ...settings, stop });
    expect(choices[0].text).toBe(text.slice(0, text.indexOf(stop.at(-1)!)));
  });

  it("ends the text before it, also where it spans words", async () => {
    const settings = { prompt: PROMPT, seed: 11, max_tokens: 30, logprobs: 0 };
    const { text } = (await complete(settings)).choices[0];
    for (const stop of [text.slice(12, 14), text.slice(5, 25), [text.slice(9, 30), "zzz"]]) {
      const expected = text.slice(0, text.indexOf([stop].flat()[0]));
      const { choices } = await complete({ ...settings, stop });
      expect(choices[0]).toMatchObject({ text: expected, finish_reason: "stop" });
      const chunks = await stream({ ...settings, stop });
      expect(chunks.map(({ choices }) => choices[0].text).join("")).toBe(expected);
    }
  });

  it("that never comes holds nothing back in the end", async () => {
    const settings = { prompt: PROMPT, seed: 11, max_tokens: 10 };
    const { text } = (await complete(settings)).choices[0];
    const { choices } = await complete({ ...settings, stop: text.slice(-3) + "zzz" });
    expect(choices[0]).toMatchObject({ text, finish_reason: "length" });
  });
});

describe("a stream", () => {
  it("sends the same text in parts, then [DONE]", async () => {
    const body = { prompt: [PROMPT, "our"], n: 2, seed: 4, max_tokens: 6, echo: true, logprobs: 2 };
    const whole = await complete(body);
    const chunks = await stream(body);
    expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1);
    for (const choice of whole.choices) {
      const parts = chunks.flatMap(({ choices }) => choices).filter(({ index }) => index === choice.index); // prettier-ignore
      expect(parts.map(({ text }) => text).join("")).toBe(choice.text);
      expect(parts.flatMap(({ logprobs }) => logprobs.token_logprobs)).toEqual(choice.logprobs.token_logprobs); // prettier-ignore
      const finishes = parts.map(({ finish_reason }) => finish_reason);
      expect(finishes.filter((finish) => finish !== null)).toEqual(["length"]);
      expect(finishes.at(-1)).toBe("length");
    }
    for (const chunk of chunks) expect(chunk).not.toHaveProperty("usage");
  });

  it("ends with the usage where it is asked for", async () => {
    const body = { prompt: PROMPT, max_tokens: 3, stream_options: { include_usage: true } };
    const chunks = await stream(body);
    for (const { usage } of chunks.slice(0, -1)) expect(usage).toBeNull();
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
  });
});

describe("a bad request for completions", () => {
  it.each([
    [{ prompt: 7 }, "prompt"],
    [{ prompt: [1, "a"] }, "prompt"],
    [{ prompt: [33] }, "prompt"],
    [{ prompt: [-1] }, "prompt.0"],
    [{ prompt: ["a"], n: 129 }, "n"],
    [{ prompt: ["a", "b"], n: 100 }, "prompt"],
    [{ max_tokens: -2 }, "max_tokens"],
    [{ max_tokens: 1.5 }, "max_tokens"],
    [{ max_tokens: 4_096, n: 5 }, "max_tokens"],
    [{ max_tokens: "5" }, "max_tokens"],
    [{ temperature: 2.1 }, "temperature"],
    [{ top_p: 1.1 }, "top_p"],
    [{ logprobs: "3" }, "logprobs"],
    [{ logprobs: 21 }, "logprobs"],
    [{ stop: Array.from({ length: 17 }, (_, index) => `${index}`) }, "stop"],
    [{ stop: 5 }, "stop"],
    [{ n: 2, best_of: 1 }, "best_of"],
    [{ best_of: 2, stream: true }, "best_of"],
    [{ stream_options: { include_usage: true } }, "stream_options"],
    [{ suffix: "end" }, "suffix"],
    [{ logit_bias: { x: 1 } }, "logit_bias"],
    [{ logit_bias: { "99": 1 } }, "logit_bias"],
    [{ seed: 0.5 }, "seed"],
    [{ seed: 2 ** 64 }, "seed"],
    [{ stop: "x".repeat(501) }, "stop"],
  ])("such as %j is a 400 that names the field", async (body, param) => {
    expect(await refusal({ prompt: "the", ...body })).toEqual({ status: 400, param });
  });

  it.each([
    [{ stop: Array.from({ length: 17 }, (_, index) => `${index}`) }, "16"],
    [{ stop: 5 }, "string or array"],
    [{ prompt: [1, "a"] }, "prompt.0 must be a string"],
    [{ prompt: {} }, "string or array"],
  ])("with a field of several types says what is wrong with it: %#", async (body, reason) => {
    const { body: answer } = await call("POST", "/v1/completions", { prompt: "the", ...body });
    expect(answer.error.message).toContain(reason);
    expect(answer.error.message).not.toMatch(/Invalid input$/);
  });

  it("is none for what other clients send by default", async () => {
    for (const max_tokens of [-1, 4_097, 80_000]) {
      const { choices } = await complete({ prompt: "the", max_tokens, stop: ["state", "."], seed: 1 }); // prettier-ignore
      expect(choices[0].finish_reason).toBe("stop");
    }
    const texts = [];
    for (const seed of ["9007199254740993", "9223372036854775807", "-9007199254740993"]) {
      const json = `{"prompt": "the", "max_tokens": 9, "seed": ${seed}}`;
      const { status, body } = await call("POST", "/v1/completions", json);
      expect(status).toBe(200);
      texts.push(body.choices[0].text);
    }
    expect(new Set(texts).size).toBe(3);
    const { status } = await call("POST", "/v1/completions/", { prompt: "the", max_tokens: 1 });
    expect(status).toBe(200);
  });

  it("with a model that does not exist is a 404", async () => {
    for (const model of ["gpt-4", "GPT 4/x", ""]) {
      expect(await refusal({ prompt: "the", model })).toEqual({ status: 404, param: "model" });
    }
  });
});

describe("the routes about tokens", () => {
  it("turn a text into ids and ids into a text, at the root and under /v1", async () => {
    for (const prefix of ["", "/v1"]) {
      const { body } = await call("POST", `${prefix}/tokenize`, { prompt: "our people. Unknown, state" }); // prettier-ignore
      expect(body.count).toBe(body.tokens.length);
      expect(body.token_strs.join("")).toBe("our people. Unknown, state");
      const { body: text } = await call("POST", `${prefix}/detokenize`, { tokens: body.tokens });
      expect(text.prompt).toBe("Our people. <unk>, state");
      expect((await call("GET", `${prefix}/tokenizer_info`)).body).toMatchObject({
        vocab_size: 33,
        eos_token: "<eos>",
      });
    }
  });

  it("know tokens by their names, so that a text's score has the beginning that lm-eval gives it", async () => {
    const idsOf = async (prompt: string) => (await call("POST", "/tokenize", { prompt })).body.tokens; // prettier-ignore
    const { bos_token, eos_token, unk_token } = (await call("GET", "/tokenizer_info")).body;
    const first = await idsOf(bos_token);
    expect(first).toHaveLength(1);
    expect(await idsOf(eos_token)).toEqual(first);
    expect(await idsOf(unk_token)).toEqual(await idsOf("floccinaucinihilipilification"));
    const settings = { echo: true, max_tokens: 1, logprobs: 1, temperature: 0 };
    const { choices } = await complete({ prompt: [[...first, ...(await idsOf(PROMPT))]], ...settings }); // prettier-ignore
    const { token_logprobs } = choices[0].logprobs;
    const total = token_logprobs.slice(1, -1).reduce((sum: number, value: number) => sum + value, 0); // prettier-ignore
    const { body } = await call("POST", "/v1/score", { text: PROMPT });
    expect(total).toBe(body.log_probability);
  });

  it("refuse ids of no word", async () => {
    const { status, body } = await call("POST", "/detokenize", { tokens: [1, 33] });
    expect(status).toBe(400);
    expect(body.error.param).toBe("tokens");
  });
});

describe("GET /v1/models/{model}", () => {
  it("is the model, or a 404", async () => {
    expect((await call("GET", "/v1/models/default")).body).toMatchObject({ id: "default", object: "model", version: VERSION_A }); // prettier-ignore
    for (const name of ["nobody", "a%2Fb", "%20"]) {
      const { status, body } = await call("GET", `/v1/models/${name}`);
      expect(status).toBe(404);
      expect(body.error.code).toBe("model_not_found");
    }
  });
});
