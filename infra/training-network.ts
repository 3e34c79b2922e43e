// infra/training-network: where training instances live: public subnets that nothing can call into. A NAT gateway or the
// endpoints that private subnets need would cost more in a month than the training; this costs nothing while idle.

import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";
import { suppressNag } from "./suppress-nag.ts";

export class TrainingNetwork extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, "Vpc", {
      ipAddresses: IpAddresses.cidr("10.0.0.0/16"),
      maxAzs: 3, // not every zone has every GPU
      natGateways: 0,
      // without a public address an instance reaches neither ECS nor ECR, and its job waits for ever
      subnetConfiguration: [
        { name: "Training", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true },
      ],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: false, // nothing uses it; closing it takes a function of its own
    });
    this.securityGroup = new SecurityGroup(this, "NoIngress", {
      vpc: this.vpc,
      description: "Training instances: outbound only",
      allowAllOutbound: true,
    });
    suppressNag(this.vpc, {
      "AwsSolutions-VPC7":
        "its only traffic is a job's own, to AWS and to the edge's bucket; flow logs would cost more than they tell",
    });
  }
}
