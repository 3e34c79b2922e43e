import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SETTING_HELP } from "#config/setting-help";
import { hyperParameters } from "#model/hyper-parameters";
import { projectSchema } from "#config/project";

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));

describe("the JSON schema of cdk.json", () => {
  it("is the one that the code describes; npm run schema writes it", () => {
    expect(readJson("config/cdk.schema.json")).toEqual(JSON.parse(JSON.stringify(projectSchema())));
  });

  it("is named by cdk.json itself", () => {
    expect(readJson("cdk.json").$schema).toBe("./config/cdk.schema.json");
  });

  it("knows every hyper-parameter with its bounds and what it is", () => {
    const { afterword } = readJson("config/cdk.schema.json").properties.context.properties;
    const { properties, additionalProperties } =
      afterword.properties.models.items.properties.settings;
    expect(additionalProperties).toBe(false);
    for (const [name, { kind, min, max }] of hyperParameters) {
      const help = SETTING_HELP[name];
      expect(properties[name]).toEqual({
        type: kind,
        description: help,
        ...(kind !== "boolean" && { minimum: min, maximum: max }),
      });
    }
  });
});
