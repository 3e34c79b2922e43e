// test/fakes/cloud-server: the endpoints of Cloudflare, S3 and Secrets Manager that the edge's function calls, with their
// refusals, over HTTP on this machine. It keeps what it is given, as they would.

import type { IncomingMessage } from "node:http";
import type { WorkerMetadata } from "../../infra/edge-worker/upload.ts";
import { listen, readBody } from "./listen.ts";
import type { Listening } from "./listen.ts";
import { recordRequest } from "./record-requests.ts";
import { answerWrangler, describeWorker } from "./wrangler-endpoints.ts";

export const ACCOUNT = "0123456789abcdef0123456789abcdef";
export const ZONE = "fedcba9876543210fedcba9876543210";
export const TOKEN = "cfut_a-token-that-nobody-may-see-0123";
export const TOKEN_ID = "ed17574386854bf78a67040be0a770b0";
/** A second token, which opens the bucket alone. */
export const BUCKET_TOKEN = "cfut_a-token-for-the-bucket-0123456789";
export const BUCKET_TOKEN_ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

export interface UploadedWorker {
  metadata: WorkerMetadata;
  modules: Map<string, { type: string; content: Buffer }>;
  isOnWorkersDev: boolean;
}

type Scope = "scripts" | "r2" | "routes";

interface Answer {
  status?: number;
  result?: unknown;
  errors?: { code: number; message: string }[];
}

export class CloudServer {
  readonly requests: string[] = []; // "METHOD path", Cloudflare's alone
  readonly workers = new Map<string, UploadedWorker>();
  readonly buckets = new Set<string>();
  readonly routes: { id: string; pattern: string; script: string }[] = [];
  readonly objects = new Map<string, Uint8Array>(); // S3's, by "bucket/key"
  readonly secrets = new Map<string, string>();
  readonly scopes = new Set<Scope>(["scripts", "r2", "routes"]);
  subdomain: string | null = "example";
  uploadError: { code: number; message: string } | null = null;
  addressError: { code: number; message: string } | null = null;
  busy = 0; // so many calls are answered 503
  denied = 0; // so many of AWS's are answered 403
  readonly lost = new Set<string>(); // paths' ends: the first POST there is carried out and its answer lost
  reconciliation: object | undefined; // what an upload tells of its classes
  #listening: Listening | undefined;

  /** Answers its origin. */
  async start(): Promise<string> {
    this.#listening = await listen(async (request, response) => {
      const body = await readBody(request);
      recordRequest(request, body.toString());
      const answer = await this.#answer(request, body);
      response.writeHead(answer.status, answer.headers).end(answer.content);
    });
    return this.#listening.origin;
  }

  async stop(): Promise<void> {
    await this.#listening?.close();
  }

  async #answer(request: IncomingMessage, body: Buffer<ArrayBuffer>) {
    const target = request.headers["x-amz-target"];
    if (!request.url!.startsWith("/client/v4/") && this.denied > 0) {
      this.denied--;
      return target === undefined ? DENIED_XML : DENIED_JSON;
    }
    if (target !== undefined) return this.#answerSecrets(String(target), body);
    const url = new URL(request.url!, "http://localhost");
    if (!url.pathname.startsWith("/client/v4/")) return this.#answerS3(url);
    const path = url.pathname.slice("/client/v4".length);
    this.requests.push(`${request.method} ${path}${url.search}`);
    const { status, ...envelope } = await this.#answerCloudflare(request, path, body);
    const errors = envelope.errors ?? [];
    const end = [...this.lost].find((end) => request.method === "POST" && path.endsWith(end));
    if (end !== undefined && this.lost.delete(end)) {
      return { status: 502, headers: { "retry-after-ms": "1" }, content: "" };
    }
    const content = JSON.stringify({ success: errors.length === 0, messages: [], result: null, ...envelope, errors }); // prettier-ignore
    return {
      status: status ?? 200,
      // the official client waits so long before it asks again
      headers: { "content-type": "application/json", "retry-after-ms": "1" },
      content,
    };
  }

  #answerS3({ pathname, searchParams }: URL) {
    const content = this.objects.get(decodeURIComponent(pathname.slice(1)));
    if (searchParams.get("x-id") !== "GetObject" || !content) {
      return { status: 404, headers: {}, content: "<Error><Code>NoSuchKey</Code></Error>" };
    }
    return { status: 200, headers: { etag: '"etag"' }, content: Buffer.from(content) };
  }

  #answerSecrets(target: string, body: Buffer) {
    const { SecretId, SecretString } = JSON.parse(body.toString()) as Record<string, string>;
    const headers = { "content-type": "application/x-amz-json-1.1" };
    const held = this.secrets.get(SecretId!);
    if (held === undefined) {
      const message = "Secrets Manager can't find the specified secret.";
      const content = JSON.stringify({ __type: "ResourceNotFoundException", message });
      return { status: 400, headers, content };
    }
    if (target === "secretsmanager.PutSecretValue") this.secrets.set(SecretId!, SecretString!);
    const content = JSON.stringify({ Name: SecretId, SecretString: this.secrets.get(SecretId!) });
    return { status: 200, headers, content };
  }

  async #answerCloudflare(
    { method, headers }: IncomingMessage,
    path: string,
    body: Buffer<ArrayBuffer>,
  ): Promise<Answer> {
    if (this.busy > 0) {
      this.busy--;
      return { status: 503, errors: [{ code: 10001, message: "service unavailable" }] };
    }
    const isForBucket = headers.authorization === `Bearer ${BUCKET_TOKEN}`;
    if (isForBucket && path === "/user/tokens/verify") {
      return { result: { id: BUCKET_TOKEN_ID, status: "active" } };
    }
    if (headers.authorization !== `Bearer ${TOKEN}`) return refuse(401, 1000, "Invalid API Token");
    const json = () => JSON.parse(body.toString()) as Record<string, never>;
    const account = `/accounts/${ACCOUNT}`;
    const zone = `/zones/${ZONE}/workers/routes`;
    if (path === "/user/tokens/verify") return { result: { id: TOKEN_ID, status: "active" } };
    if (path === `${account}/tokens/verify`) return refuse(401, 1000, "Invalid API Token");

    const scope: Scope = path.startsWith(zone) ? "routes" : path.includes("/r2/") ? "r2" : "scripts"; // prettier-ignore
    if (!this.scopes.has(scope)) return refuse(403, 10000, "Authentication error");
    const asked = `${method} ${path}`;

    if (asked === `POST ${account}/r2/buckets`) {
      const { name } = json();
      if (this.buckets.has(name!)) return refuse(409, 10004, "The bucket already exists");
      this.buckets.add(name!);
      return { result: { name } };
    }
    const bucket = matching(asked, `GET ${account}/r2/buckets/`);
    if (bucket !== null) {
      if (this.buckets.has(bucket)) return { result: { name: bucket } };
      return refuse(404, 10006, "The specified bucket does not exist.");
    }
    if (path === `${account}/workers/subdomain`) {
      if (method === "PUT") this.subdomain = json().subdomain!;
      if (this.subdomain === null) return refuse(404, 10007, "no workers.dev subdomain");
      return { result: { subdomain: this.subdomain } };
    }
    if (path.startsWith(zone)) return this.#answerRoutes(asked, zone, json);

    const described = /^GET .*\/workers\/(?:services|workers)\/([^/]+)$/.exec(asked)?.[1];
    if (described !== undefined && this.workers.has(described)) {
      return { result: describeWorker(this.workers.get(described)!) };
    }
    const [name = "", ...parts] = path.slice(`${account}/workers/scripts/`.length).split("/");
    const part = parts.length > 0 ? parts.join("/") : undefined;
    if (method === "PUT" && part === undefined) return this.#upload(name, headers, body);
    const worker = this.workers.get(name);
    if (!worker) return refuse(404, 10007, "This Worker does not exist on your account.");
    if (method === "GET" && part === "script-settings") {
      return { result: { logpush: false, tags: worker.metadata.tags ?? null } };
    }
    if (method === "POST" && part === "subdomain") {
      if (this.addressError) return { status: 400, errors: [this.addressError] };
      worker.isOnWorkersDev = json().enabled!;
      return { result: { enabled: worker.isOnWorkersDev } };
    }
    if (method === "DELETE" && part === undefined) {
      this.workers.delete(name);
      return {};
    }
    // wrangler takes it for a token that does not open all zones, and asks the zone
    if (method === "PUT" && part === "routes") return refuse(403, 10000, "Authentication error");
    const result = part && answerWrangler(worker, { method: method!, part, json });
    return result ? { result } : refuse(405, 10405, `not spoken here: ${asked}`);
  }

  #answerRoutes(asked: string, zone: string, json: () => Record<string, never>): Answer {
    if (asked === `GET ${zone}`) return { result: this.routes };
    if (asked === `POST ${zone}`) {
      if (this.routes.some(({ pattern }) => pattern === json().pattern)) {
        return refuse(409, 10020, "A route with the same pattern already exists.");
      }
      const route = { ...json(), id: `route-${this.routes.length}` };
      this.routes.push(route as never);
      return { result: route };
    }
    const id = matching(asked, `DELETE ${zone}/`);
    const index = this.routes.findIndex((route) => route.id === id);
    if (index < 0) return refuse(404, 10009, "route not found");
    this.routes.splice(index, 1);
    return { result: { id } };
  }

  /** Takes a Worker whole or not at all, and checks of it what Cloudflare checks. */
  async #upload(
    name: string,
    headers: IncomingMessage["headers"],
    body: Buffer<ArrayBuffer>,
  ): Promise<Answer> {
    if (this.uploadError) return { status: 400, errors: [this.uploadError] };
    const contentType = { "content-type": headers["content-type"]! };
    const form = await new Response(body, { headers: contentType }).formData();
    const modules: UploadedWorker["modules"] = new Map();
    for (const [key, part] of form) {
      if (!(part instanceof File)) continue;
      if (part.name !== key) return refuse(400, 10021, `part ${key} is file ${part.name}`);
      modules.set(key, { type: part.type, content: Buffer.from(await part.arrayBuffer()) });
    }
    const metadata = JSON.parse(form.get("metadata") as string) as WorkerMetadata;
    if (!modules.has(metadata.main_module)) return refuse(400, 10021, "No such module");
    for (const { type, bucket_name } of metadata.bindings) {
      if (type === "inherit") return refuse(400, 10057, "nothing to inherit from");
      if (type === "r2_bucket" && !this.buckets.has(bucket_name as string)) {
        return refuse(400, 10085, `R2 bucket '${bucket_name as string}' not found.`);
      }
    }
    const before = this.workers.get(name);
    if (metadata.keep_bindings?.includes("secret_text")) {
      const given = new Set(metadata.bindings.map(({ name }) => name));
      const kept = before?.metadata.bindings.filter(
        ({ type, name }) => type === "secret_text" && !given.has(name),
      );
      metadata.bindings.push(...(kept ?? []));
    }
    this.workers.set(name, { metadata, modules, isOnWorkersDev: false });
    const exports_reconciliation = this.reconciliation;
    return { result: { id: name, startup_time_ms: 10, exports_reconciliation } };
  }
}

const DENIED_JSON = {
  status: 400,
  headers: { "content-type": "application/x-amz-json-1.1" },
  content: JSON.stringify({ __type: "AccessDeniedException", message: "not authorized" }),
};
const DENIED_XML = {
  status: 403,
  headers: { "content-type": "application/xml" },
  content: "<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>",
};

function refuse(status: number, code: number, message: string): Answer {
  return { status, errors: [{ code, message }] };
}

function matching(asked: string, start: string): string | null {
  return asked.startsWith(start) ? asked.slice(start.length) : null;
}
