// infra/edge-worker: the Worker at the edge, its R2 bucket and its address, as a resource of the stack. The function behind
// it (edge-worker/handler) calls Cloudflare; this gives it what it needs and says what it may do.

import { CustomResource, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Grant } from "aws-cdk-lib/aws-iam";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Provider } from "aws-cdk-lib/custom-resources";
import { Construct } from "constructs";
import { FUNCTION_LOGS, suppressNag, wildcardOn, wildcardUnder } from "./suppress-nag.ts";
import type { CloudflareConfig } from "#config/project";
import type { EdgeProperties } from "./edge-worker/handler.ts";
import { PROJECT_FOLDER } from "./project-folder.ts";

/** How the Worker's upload ends, so that all of them are granted by one rule. */
const FORM_ENDING = ".form";

/** What an edge Worker needs; see EdgeWorker. */
export interface EdgeWorkerProps {
  /** The account, and what the Worker and its bucket are called. */
  readonly cloudflare: CloudflareConfig;
  /** The file that uploads the Worker; see worker-upload.ts. */
  readonly formPath: string;
}

/**
 * The edge: a custom resource that deploys the Worker to Cloudflare.
 *
 * @example new EdgeWorker(this, "Edge", { cloudflare, formPath }).url;
 */
export class EdgeWorker extends Construct {
  /** Where it answers. */
  readonly url: string;
  /** What Cloudflare warned of at the last upload, or "none". */
  readonly notes: string;
  /** R2 through its S3 endpoint. */
  readonly store: string;
  /** JSON {accessKeyId, secretAccessKey, …}: what opens the store. */
  readonly credentials: Secret;

  constructor(scope: Construct, id: string, { cloudflare, formPath }: EdgeWorkerProps) {
    super(scope, id);
    const { accountId, bucketName, tokenSecret, bucketTokenSecret } = cloudflare;
    this.store = `https://${accountId}.r2.cloudflarestorage.com/${bucketName}`;
    this.credentials = this.#createSecret();
    const upload = new Asset(this, "Form", { path: formPath });
    const deployer = this.#createFunction();

    this.#grantTokens(deployer, [tokenSecret, ...(bucketTokenSecret ? [bucketTokenSecret] : [])]);
    this.credentials.grantRead(deployer);
    this.credentials.grantWrite(deployer);
    Grant.addToPrincipal({
      grantee: deployer,
      actions: ["s3:GetObject"],
      // not this upload alone: a policy that changed with every Worker would not be known everywhere when it is used
      resourceArns: [upload.bucket.arnForObjects(`*${FORM_ENDING}`)],
    });
    suppressNag(deployer, {
      [wildcardUnder(upload, `/*${FORM_ENDING}`)]:
        "every version of the Worker is an asset of its own, and holds no secret",
    });

    const properties: EdgeProperties = {
      accountId,
      workerName: cloudflare.workerName,
      bucketName,
      route: cloudflare.route,
      tokenSecret,
      bucketTokenSecret,
      workersDevName: cloudflare.workersDevName,
      stateKeyRevision: cloudflare.stateKeyRevision,
      edgeSecret: this.credentials.secretArn,
      code: { bucket: upload.s3BucketName, key: upload.s3ObjectKey },
      apiKeyHashes: cloudflare.apiKeyHashes,
    };
    const resource = new CustomResource(this, "Worker", {
      resourceType: "Custom::CloudflareWorker",
      serviceToken: this.#createProvider(deployer).serviceToken,
      // a token's new revision changes nothing but that the function is called
      properties: { ...properties, tokenRevision: cloudflare.tokenRevision },
    });
    this.url = resource.getAttString("Url");
    this.notes = resource.getAttString("Notes");
  }

  #grantTokens(deployer: NodejsFunction, names: string[]): void {
    for (const [index, name] of names.entries()) {
      const token = Secret.fromSecretNameV2(this, index === 0 ? "Token" : "BucketToken", name);
      token.grantRead(deployer);
      suppressNag(deployer, {
        [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:${token.stack.region}:<AWS::AccountId>:secret:${name}-??????]`]:
          "Secrets Manager ends every ARN with six characters of its own; the secret is not this stack's",
      });
    }
  }

  #createSecret(): Secret {
    const secret = new Secret(this, "Secret", {
      description: "The edge bucket's keys, and what seals its clients' states; written on deployment", // prettier-ignore
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ accessKeyId: "", secretAccessKey: "" }),
        generateStringKey: "stateSeed",
        passwordLength: 64,
        excludePunctuation: true,
      },
    });
    suppressNag(secret, {
      "AwsSolutions-SMG4": "its keys follow from the Cloudflare token, and change with it on deployment", // prettier-ignore
    });
    return secret;
  }

  #createFunction(): NodejsFunction {
    const created = new NodejsFunction(this, "Deployer", {
      description: "Deploys the edge Worker to Cloudflare",
      entry: `${PROJECT_FOLDER}/infra/edge-worker/handler.ts`,
      projectRoot: PROJECT_FOLDER,
      depsLockFilePath: `${PROJECT_FOLDER}/package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512, // the form is in memory some three times
      timeout: Duration.minutes(5),
      bundling: { format: OutputFormat.ESM, minify: true, target: "node24" },
      logGroup: this.#logGroup("DeployerLog"),
    });
    suppressNag(created, FUNCTION_LOGS);
    return created;
  }

  #createProvider(deployer: NodejsFunction): Provider {
    const provider = new Provider(this, "Provider", {
      onEventHandler: deployer,
      logGroup: this.#logGroup("ProviderLog"),
    });
    suppressNag(provider, {
      ...FUNCTION_LOGS,
      [wildcardOn(deployer, ":*")]: "the framework may call any version of the one function above",
    });
    return provider;
  }

  #logGroup(id: string): LogGroup {
    return new LogGroup(this, id, {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
