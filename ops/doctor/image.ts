// ops/doctor/image: whether the image that the next job runs is in the registry.

import { BatchClient, DescribeJobDefinitionsCommand } from "@aws-sdk/client-batch";
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { OUTPUTS } from "#config/stack-outputs";
import type { StackConfig } from "#config/project";
import { withAwsErrors } from "../aws-errors.ts";
import { readOutputs } from "../deployment.ts";
import type { Verdict } from "./verdict.ts";

const IMAGE = /^(\d+)\.dkr\.ecr\.[^/]+\/([^:]+):(.+)$/; // account, repository, tag
const REDEPLOY = 'run "afterword deploy" again: it builds and uploads the image';

export async function checkImage({ stackName }: StackConfig): Promise<Verdict> {
  const definition = (await readOutputs(stackName))?.get(OUTPUTS.jobDefinitionArn);
  if (definition === undefined) return { status: "skipped", message: "nothing is deployed yet" };
  const { jobDefinitions } = await withAwsErrors(
    new BatchClient().send(new DescribeJobDefinitionsCommand({ jobDefinitions: [definition] })),
  );
  const image = jobDefinitions?.[0]?.containerProperties?.image ?? "";
  const [, account, repository, tag] = IMAGE.exec(image) ?? [];
  if (tag === undefined) {
    return {
      status: "failed",
      message: `the job definition names the image "${image}"`,
      advice: REDEPLOY,
    };
  }
  try {
    const { imageDetails } = await withAwsErrors(
      new ECRClient().send(
        new DescribeImagesCommand({
          registryId: account,
          repositoryName: repository,
          imageIds: [{ imageTag: tag }],
        }),
      ),
    );
    const { imagePushedAt, imageSizeInBytes } = imageDetails![0]!;
    const gigabytes = ((imageSizeInBytes ?? 0) / 1e9).toFixed(1);
    return {
      status: "ok",
      message: `${gigabytes} GB, of ${imagePushedAt?.toISOString().slice(0, 10)}`,
    };
  } catch (error) {
    if (!/^(Image|Repository)NotFoundException$/.test((error as Error).name)) throw error;
    return {
      status: "failed",
      message: "the job's image is not in the registry",
      advice: REDEPLOY,
    };
  }
}
