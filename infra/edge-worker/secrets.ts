// infra/edge-worker/secrets: what the edge's function reads of AWS: the Cloudflare tokens, the Worker's upload, and the
// secret that it keeps for the training job. A right that was granted a moment ago may not be known everywhere yet.

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini"; // all of zod would be two thirds of the function

const GRANT_ATTEMPTS = 6;
const GRANT_PAUSE_MS = 5_000; // together half a minute: as long as IAM takes to tell everybody

const edgeSecret = z.looseObject({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  stateSeed: z.string().check(z.minLength(1)),
});

/** What the stack's own secret holds. */
export type EdgeSecret = z.infer<typeof edgeSecret>;

/**
 * A Cloudflare API token, from the secret that the user made.
 *
 * @example
 * const cloudflare = openCloudflare({ token: await readToken("afterword/cloudflare") });
 * @throws Error where the secret holds no token
 */
export async function readToken(secretId: string, pauseMs?: number): Promise<string> {
  const token = (await readSecret(secretId, pauseMs)).trim();
  if (!/^[\w-]{20,}$/.test(token)) {
    throw new Error(
      `secret "${secretId}" is no Cloudflare API token; store the token alone: aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string "$TOKEN"`,
    );
  }
  return token;
}

/**
 * The edge's own secrets.
 *
 * @example
 * const { stateSeed } = await readEdgeSecret(secretArn);
 * @throws Error where the secret is gone or holds something else
 */
export async function readEdgeSecret(secretId: string, pauseMs?: number): Promise<EdgeSecret> {
  return edgeSecret.parse(JSON.parse(await readSecret(secretId, pauseMs)));
}

/**
 * Keeps the edge's own secrets.
 *
 * @example
 * await writeEdgeSecret(secretArn, { accessKeyId, secretAccessKey, stateSeed });
 * @throws Error where AWS refuses
 */
export async function writeEdgeSecret(SecretId: string, secret: EdgeSecret): Promise<void> {
  const SecretString = JSON.stringify(secret);
  await new SecretsManagerClient().send(new PutSecretValueCommand({ SecretId, SecretString }));
}

/**
 * An asset of the deployment.
 *
 * @example
 * const upload = await readForm(await readAsset({ bucket, key }));
 */
export async function readAsset(
  { bucket, key }: { bucket: string; key: string },
  pauseMs?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: key });
  const client = new S3Client();
  const object = await whenGranted(() => client.send(command), pauseMs);
  return new Uint8Array(await object.Body!.transformToByteArray());
}

async function readSecret(SecretId: string, pauseMs?: number): Promise<string> {
  const client = new SecretsManagerClient();
  try {
    const command = new GetSecretValueCommand({ SecretId });
    const { SecretString = "" } = await whenGranted(() => client.send(command), pauseMs);
    return SecretString;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Error(
      `Secrets Manager has no secret "${SecretId}"; make it: aws secretsmanager create-secret --name ${SecretId} --secret-string "$TOKEN"`,
      { cause: error },
    );
  }
}

/** Makes a request again where it is denied: the deployment may have granted it seconds before. */
async function whenGranted<T>(request: () => Promise<T>, pauseMs = GRANT_PAUSE_MS): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const isDenied = (error as Error).name.startsWith("AccessDenied");
      if (!isDenied || attempt === GRANT_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
