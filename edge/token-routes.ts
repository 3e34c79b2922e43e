// edge/token-routes: the routes about tokens, under /v1 and at the root, where programs that evaluate models look for them.

import type { OpenAPIHono } from "@hono/zod-openapi";
import { DEFAULT_MODEL_NAME } from "#model/layout";
import { describeTokenizer } from "#inference/token-text";
import { checkIdCount, checkIds } from "./completion-plan.ts";
import { MAX_TEXT_BYTES } from "./limits.ts";
import type { EdgeContext } from "./middleware.ts";
import { charge, modelOf } from "./request-context.ts";
import * as routes from "./routes.ts";
import { checkText } from "./validation.ts";
import { costsOf, readTextOrName, writeInSlices } from "./work.ts";

export function addTokenRoutes(app: OpenAPIHono<EdgeContext>): void {
  for (const prefix of ["/v1", ""]) {
    const at = <Path extends string>(path: Path) => ({ path: path.replace("/v1", prefix) as Path, hide: prefix === "" }); // prettier-ignore

    app.openapi({ ...routes.tokenize, ...at("/v1/tokenize") }, async (c) => {
      const { prompt, model } = c.req.valid("json");
      checkText(prompt);
      const { ids, pieces } = await readTextOrName((await modelOf(c, model)).network, prompt);
      const reply = { count: ids.length, max_model_len: MAX_TEXT_BYTES, tokens: ids };
      return c.json({ ...reply, token_strs: pieces }, 200);
    });

    app.openapi({ ...routes.detokenize, ...at("/v1/detokenize") }, async (c) => {
      const { tokens, model } = c.req.valid("json");
      checkIdCount(tokens, "tokens");
      const { network } = await modelOf(c, model);
      const { written } = costsOf(network);
      await charge(c, tokens.length * written);
      const { text } = await writeInSlices(network, checkIds(network, tokens, "tokens"));
      return c.json({ prompt: text }, 200);
    });

    app.openapi({ ...routes.tokenizerInfo, ...at("/v1/tokenizer_info") }, async (c) => {
      const { network } = await modelOf(c, DEFAULT_MODEL_NAME);
      return c.json(describeTokenizer(network), 200);
    });
  }
}
