// ops/doctor/bucket: whether the deployed bucket can be read, and holds the text that the models train on.

import type { StackConfig } from "#config/project";
import { OUTPUTS } from "#config/stack-outputs";
import { ObjectStore } from "#registry/object-store";
import { corpusPrefix } from "#registry/corpora";
import { readOutputs } from "../deployment.ts";
import type { Verdict } from "./verdict.ts";

export async function checkBucket({ stackName, models }: StackConfig): Promise<Verdict> {
  const bucket = (await readOutputs(stackName))?.get(OUTPUTS.bucketName);
  if (bucket === undefined) return { status: "skipped", message: "nothing is deployed yet" };
  const store = new ObjectStore({ bucket });
  const corpora = Array.from(new Set(models.map(({ corpus }) => corpus)));
  const empty: string[] = [];
  for (const corpus of corpora) {
    const keys = await store.list(corpusPrefix(corpus));
    if (keys.every((key) => key.endsWith("/"))) empty.push(corpus); // a console's folders are no text
  }
  if (empty.length === 0) return { status: "ok", message: `${bucket} holds ${corpora.join(", ")}` };
  return {
    status: "warning",
    message: `${bucket} has no text for ${empty.join(", ")}`,
    advice: `upload it: afterword corpus push DIR --name ${empty[0]}`,
  };
}
