// test/fakes/wrangler-endpoints: what wrangler asks Cloudflare beside what the stack's function asks: of a Worker that is
// there, of its secrets and its routes. cloud-server keeps the Workers.

import type { WorkerMetadata } from "../../infra/edge-worker/upload.ts";

type Binding = WorkerMetadata["bindings"][number];

interface Worker {
  metadata: WorkerMetadata;
  isOnWorkersDev: boolean;
}

interface Asked {
  method: string;
  part: string; // of the path, after the Worker's name
  json: () => unknown;
}

/** The result for a call about one Worker, or undefined where it is not spoken here. */
export function answerWrangler(worker: Worker, { method, part, json }: Asked): object | undefined {
  const { metadata } = worker;
  const secrets = metadata.bindings.filter(({ type }) => type === "secret_text");
  switch (`${method} ${part.split("/")[0]}`) {
    case "GET secrets":
      return secrets.map(({ name, type }) => ({ name, type }));
    case "PATCH secrets-bulk": {
      const { secrets: changes } = json() as { secrets: Record<string, Binding | null> };
      const kept = metadata.bindings.filter(({ name }) => changes[name] === undefined);
      const added = Object.values(changes).filter((change) => change !== null);
      metadata.bindings = [...kept, ...added];
      return {};
    }
    case "DELETE secrets":
      metadata.bindings = metadata.bindings.filter(({ name }) => name !== part.split("/")[1]);
      return {};
    case "GET deployments":
      return { deployments: [] };
    case "GET settings":
      return metadata;
    default:
      return undefined;
  }
}

/** What the two other ways to ask for a Worker tell of it. */
export function describeWorker({ isOnWorkersDev }: Worker): object {
  return {
    subdomain: { enabled: isOnWorkersDev, previews_enabled: false },
    default_environment: {
      environment: "production",
      script: { tag: "0", tags: null, last_deployed_from: "wrangler" },
    },
  };
}
