// ops/aws-errors: what every call of an AWS service goes through, so that a refusal reads as what to do about it.

const SIGN_IN =
  "sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/** Waits for a service's answer; the failures that a user can mend become sentences, others pass unchanged. */
export async function withAwsErrors<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw explain(error as ServiceError);
  }
}

interface ServiceError extends Error {
  code?: string; // of a connection that failed
}

function explain(error: ServiceError): Error {
  const { name, message, code } = error;
  const cause = { cause: error };
  if (name === "CredentialsProviderError")
    return new Error(`no AWS credentials; ${SIGN_IN}`, cause);
  if (/^(ExpiredToken|RequestExpired)/.test(name)) {
    return new Error(`the AWS credentials have expired; ${SIGN_IN}`, cause);
  }
  if (/^(UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|AuthFailure)/.test(name)) {
    return new Error(`AWS does not know these credentials; ${SIGN_IN}`, cause);
  }
  if (/^AccessDenied|^Unauthorized/.test(name)) {
    return new Error(`AWS refuses this to your credentials: ${message}`, cause);
  }
  if (message === "Region is missing") {
    return new Error("no AWS region is set; set AWS_REGION, e.g. AWS_REGION=us-east-1", cause);
  }
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "ECONNRESET") {
    return new Error(`cannot reach AWS (${code}); check the network and AWS_REGION`, cause);
  }
  return error;
}
