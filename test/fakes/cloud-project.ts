// test/fakes/cloud-project: a project that commands find as they would: AWS, its bucket, and a folder with cdk.json.

import type { ObjectStore } from "#registry/object-store";
import { pointS3At, startLocalBucket } from "../local-bucket.ts";
import { enterProject, startAws } from "./aws-server.ts";
import type { AwsStandIn } from "./aws-server.ts";

export interface CloudProject {
  aws: AwsStandIn;
  store: ObjectStore; // the bucket's objects
  leave(): Promise<void>;
}

/** Starts AWS's stand-in and the bucket, and enters a project's folder; the arguments are `enterProject`'s. */
export async function startProject(
  ...configuration: Parameters<typeof enterProject>
): Promise<CloudProject> {
  const bucket = await startLocalBucket();
  const aws = await startAws();
  pointS3At(bucket);
  const project = await enterProject(...configuration);
  return {
    aws,
    store: bucket.store,
    async leave() {
      await project.leave();
      await aws.close();
      await bucket.close();
    },
  };
}
