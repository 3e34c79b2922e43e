// infra/edge-worker/cloudflare: calls Cloudflare's API and turns its refusals into sentences. Knows no Worker of ours.

export const CLOUDFLARE_API = "https://api.cloudflare.com/client/v4";

/** What a token must be allowed, as the dashboard calls it. */
export type Permission =
  | "Account · Workers Scripts · Edit"
  | "Account · Workers R2 Storage · Edit"
  | "Zone · Workers Routes · Edit";

const ATTEMPTS = 3;
const R2_NOT_ENABLED = 10042;

interface Envelope<Result> {
  success: boolean;
  result: Result;
  errors?: { code: number; message: string }[];
}

interface Call {
  needs?: Permission;
  json?: object;
  form?: FormData;
}

/** Cloudflare said no. The message says to what, why, and what to do where that is known. */
export class CloudflareError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface CloudflareOptions {
  token: string;
  api?: string; // @default CLOUDFLARE_API
  pauseMs?: number; // before the second attempt, twice that before the third; @default 1000
}

export class Cloudflare {
  readonly #token: string;
  readonly #api: string;
  readonly #pauseMs: number;

  constructor({ token, api = CLOUDFLARE_API, pauseMs = 1_000 }: CloudflareOptions) {
    this.#token = token;
    this.#api = api;
    this.#pauseMs = pauseMs;
  }

  /** Makes a call, again where Cloudflare is busy or failing; all calls made here may be repeated. */
  async call<Result>(method: string, path: string, call: Call = {}): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#fetch(method, path, call);
      const isBusy = response.status === 429 || response.status >= 500;
      if (isBusy && attempt < ATTEMPTS) {
        await response.body?.cancel();
        await new Promise((settle) => setTimeout(settle, attempt * this.#pauseMs));
        continue;
      }
      const envelope = await readEnvelope<Result>(response);
      if (response.ok && envelope?.success) return envelope.result;
      throw explain(method, path, response.status, envelope, call.needs);
    }
  }

  /** The same, with null for what is not there. */
  async find<Result>(path: string, needs: Permission): Promise<Result | null> {
    try {
      return await this.call<Result>("GET", path, { needs });
    } catch (error) {
      if (error instanceof CloudflareError && error.status === 404) return null;
      throw error;
    }
  }

  /** The token's id; tokens belong to an account or to a user. */
  async verifyToken(accountId: string): Promise<string> {
    for (const owner of [`/accounts/${accountId}`, "/user"]) {
      const found = await this.call<{ id: string; status: string }>(
        "GET",
        `${owner}/tokens/verify`,
      ).catch((error: unknown) => {
        // not a token of that kind, or none at all: the next one tells
        if (error instanceof CloudflareError && error.status < 500) return null;
        throw error;
      });
      if (found?.status === "active") return found.id;
    }
    throw new Error(
      "Cloudflare does not know the API token, or it has expired; make one and put it into the secret",
    );
  }

  async #fetch(method: string, path: string, { json, form }: Call): Promise<Response> {
    const headers = new Headers({ authorization: `Bearer ${this.#token}` });
    if (json) headers.set("content-type", "application/json");
    const body = json ? JSON.stringify(json) : form;
    try {
      return await fetch(this.#api + path, { method, headers, body });
    } catch (cause) {
      throw new Error(`cannot reach Cloudflare at ${this.#api}; deploy again`, { cause });
    }
  }
}

async function readEnvelope<Result>(response: Response): Promise<Envelope<Result> | null> {
  try {
    return (await response.json()) as Envelope<Result>;
  } catch {
    return null; // a page of HTML from somewhere in between
  }
}

function explain(
  method: string,
  path: string,
  status: number,
  envelope: Envelope<unknown> | null,
  needs: Permission | undefined,
): CloudflareError {
  const errors = envelope?.errors ?? [];
  const reasons = errors.map(({ code, message }) => `${message} (${code})`).join("; ");
  const refusal = `${method} ${path} answered ${status}: ${reasons || "no reason given"}`;
  let advice = "";
  if (errors.some(({ code }) => code === R2_NOT_ENABLED)) {
    advice = "open R2 in Cloudflare's dashboard once and enable it, then deploy again: ";
  } else if ((status === 401 || status === 403) && needs) {
    advice = `the Cloudflare token lacks the permission "${needs}"; add it in the dashboard, then deploy again: `;
  }
  return new CloudflareError(advice + refusal, status);
}
