// cli/ask-edge: asks an edge for predictions over HTTP, and shows them.

export interface PredictionAnswer {
  model: string;
  version: string;
  predictions: { word: string; probability: number; insert: string }[];
}

/** One call of `POST /v1/predict`; throws with the edge's own message when it refuses. */
export async function predictAt(
  url: string,
  body: { text: string; limit: number; model?: string },
): Promise<PredictionAnswer> {
  const answer = await fetch(new URL("/v1/predict", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error(`no edge answers at ${url}; start one with "npm start", or name it with --url`);
  });
  const json = (await answer.json()) as PredictionAnswer & { error?: { message: string } };
  if (!answer.ok) throw new Error(`the edge answers ${answer.status}: ${json.error?.message}`);
  return json;
}

/** `States 93.1 %, …` */
export function formatPredictions(predictions: PredictionAnswer["predictions"]): string {
  if (predictions.length === 0) return "nothing to offer";
  return predictions
    .map(({ word, probability }) => `${word} ${(100 * probability).toFixed(1)} %`)
    .join(", ");
}
