// bench/inference-worker: measures the model that a request points at, inside workerd.

import type { Pointer } from "#model/layout";
import { loadModel } from "../edge/load-model.ts";
import { measureInference } from "./measure-inference.ts";

export default {
  async fetch(request: Request, { MODELS }: { MODELS: R2Bucket }): Promise<Response> {
    const pointer = (await request.json()) as Pointer;
    const { network } = await loadModel(MODELS, "bench", pointer, async () => {});
    return Response.json(measureInference(network));
  },
};
