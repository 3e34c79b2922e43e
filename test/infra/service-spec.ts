// test/infra/service-spec: holds a template against CloudFormation's own schemas of its resources, as AWS publishes them:
// which properties there are, which of them are required, and what they are made of.

import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { Property, PropertyType, SpecDatabase } from "@aws-cdk/service-spec-types";

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

const CUSTOM = /^(Custom::|AWS::CDK::|AWS::CloudFormation::CustomResource)/;
let database: SpecDatabase | undefined;

/** What is wrong, each as `LogicalId.Path: sentence`. */
export function findViolations(template: { Resources?: unknown }): string[] {
  database ??= loadAwsServiceSpecSync();
  const resources = Object.entries((template.Resources ?? {}) as Record<string, Resource>);
  return resources.flatMap(([id, { Type, Properties = {} }]) => {
    if (CUSTOM.test(Type)) return [];
    const [schema] = database!.lookup("resource", "cloudFormationType", "equals", Type);
    if (!schema) return [`${id}: there is no type ${Type}`];
    return checkProperties(id, Properties, schema.properties);
  });
}

function checkProperties(
  place: string,
  given: Record<string, unknown>,
  known: Record<string, Property>,
): string[] {
  const missing = Object.entries(known)
    .filter(([name, { required }]) => required && given[name] === undefined)
    .map(([name]) => `${place}.${name}: it is required`);
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const property = known[name];
    if (!property) return [`${place}.${name}: there is no such property`];
    return checkValue(`${place}.${name}`, value, property.type);
  });
  return [...missing, ...wrong];
}

function checkValue(place: string, value: unknown, type: PropertyType): string[] {
  if (isIntrinsic(value)) return []; // its value is known when it is deployed
  switch (type.type) {
    case "array":
      if (!Array.isArray(value)) return [`${place}: it is no list`];
      return value.flatMap((item, index) => checkValue(`${place}[${index}]`, item, type.element));
    case "map":
      return Object.entries(value as object).flatMap(([key, item]) =>
        checkValue(`${place}.${key}`, item, type.element),
      );
    case "ref": {
      const { properties } = database!.get("typeDefinition", type.reference.$ref);
      return checkProperties(place, value as Record<string, unknown>, properties);
    }
    case "union": {
      const tried = type.types.map((each) => checkValue(place, value, each));
      return tried.find((violations) => violations.length === 0) ?? tried[0]!;
    }
    case "boolean":
    case "number":
    case "integer":
    case "string":
      return typeof value === "object" ? [`${place}: it is no ${type.type}`] : [];
    default:
      return [];
  }
}

function isIntrinsic(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const [name, ...more] = Object.keys(value);
  return more.length === 0 && (name === "Ref" || (name?.startsWith("Fn::") ?? false));
}
