// infra/training-network: where training machines live: public subnets that nothing can call into. A NAT gateway or the
// endpoints that private subnets need would cost more in a month than the training; this costs nothing while idle.

import { Fn } from "aws-cdk-lib";
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";
import { suppressNag } from "./suppress-nag.ts";

/** Not every zone has every GPU, and each zone's Spot capacity is its own. */
const ZONES = 3;
/** Regions that show an account fewer. */
const ZONES_OF_REGION: Record<string, number> = { "us-west-1": 2 };

/** What the network needs; see TrainingNetwork. */
export interface TrainingNetworkProps {
  /** The stack's region, which decides how many zones there are. */
  readonly region: string;
}

/**
 * A network of public subnets, one in each of three zones, with no way in.
 *
 * @example new TrainingNetwork(this, "Network", { region: "eu-central-1" });
 */
export class TrainingNetwork extends Construct {
  readonly vpc: Vpc;
  /** Outbound only. */
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { region }: TrainingNetworkProps) {
    super(scope, id);
    const zones = ZONES_OF_REGION[region] ?? ZONES;
    this.vpc = new Vpc(this, "Vpc", {
      ipAddresses: IpAddresses.cidr("10.0.0.0/16"),
      // `maxAzs` would give two: the CDK does not know an account's zones, CloudFormation does
      availabilityZones: Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs())),
      natGateways: 0,
      // without a public address a machine reaches neither ECS nor ECR, and its job waits for ever
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
