// test/fakes/record-requests: writes down what the SDKs send to the servers in AWS's place, for a test that holds it against
// AWS's own descriptions of its services. It does so only where it is told a file.

import { appendFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";

/** Names the file: one request a line. */
export const RECORD_VARIABLE = "AWS_REQUESTS_FILE";

/** @param path with its query; @default as the request has it */
export function recordRequest(request: IncomingMessage, body: string, path = request.url!): void {
  const file = process.env[RECORD_VARIABLE];
  if (file === undefined) return;
  const { method, headers } = request;
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1];
  if (service === undefined) return; // not one of AWS's
  appendFileSync(file, JSON.stringify({ service, method, path, headers, body }) + "\n");
}
