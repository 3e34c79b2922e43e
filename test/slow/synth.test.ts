import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"; // prettier-ignore
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readForm } from "../../infra/edge-worker/upload.ts";
import { SAMPLE } from "../config/sample-config.ts";

const MADE_OF = ["base", "model", "kernels", "inference", "training", "registry", "edge", "job", "config", "infra", "ops", "client", "lsp", "cli", "package.json", "package-lock.json", "cdk.json", "tsconfig.json"]; // prettier-ignore
// what the CDK notes for itself: how long it took, and which line of the program made what
const NOTES = /^(performance-counters\.json|.*\.metadata\.json)$/;
const STACK = SAMPLE.stackName;

const folder = mkdtempSync(join(tmpdir(), "synth-"));
const ENVIRONMENT = { PATH: process.env.PATH, HOME: folder, CI: "1", AWS_EC2_METADATA_DISABLED: "true" }; // prettier-ignore
const places = [join(folder, "one"), join(folder, "another", "place")] as const;
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  for (const place of places) copyProject(place);
}, 600_000);

const { cloudflare: _cloudflare, ...WITHOUT_EDGE } = SAMPLE;
const { instanceTypes: _types, ...limits } = SAMPLE.training;
const training = { ...limits, compute: "cpu", maxVcpus: 16 };
const CONFIGURATIONS: [string, object][] = [
  ["a GPU, without an edge", WITHOUT_EDGE],
  ["processors, without an edge", { ...WITHOUT_EDGE, training }],
  ["processors, with an edge", { ...SAMPLE, training }],
  ["a GPU, with an edge", SAMPLE], // the last one, which the tests after it look into
];

function copyProject(place: string): void {
  for (const part of MADE_OF) cpSync(part, join(place, part), { recursive: true });
  symlinkSync(resolve("node_modules"), join(place, "node_modules"));
}

function configure(place: string, config: object): void {
  const path = join(place, "cdk.json");
  const file = JSON.parse(readFileSync(path, "utf8")) as { context: object };
  writeFileSync(path, JSON.stringify({ ...file, context: { afterword: config } }));
}

/** `npx cdk synth` as anybody runs it, without an account. */
function synth(place: string, config: object): void {
  configure(place, config);
  execFileSync("npx", ["cdk", "synth", "--quiet"], {
    cwd: place,
    stdio: "pipe",
    env: ENVIRONMENT,
  });
}

function filesOf(place: string): string[] {
  const all = readdirSync(join(place, "cdk.out"), { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile() && !NOTES.test(entry.name));
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(place.length)).toSorted();
}

describe("two syntheses, in two folders", () => {
  it.each(CONFIGURATIONS)(
    "of %s write the same files, byte for byte, which name neither folder",
    (_, config) => {
      const [one, another] = places;
      for (const place of places) {
        rmSync(join(place, "cdk.out"), { recursive: true, force: true });
        synth(place, config);
      }
      const names = filesOf(one);
      expect(names).toContain(`/cdk.out/${STACK}.template.json`);
      expect(filesOf(another)).toEqual(names);
      for (const name of names) {
        const content = readFileSync(join(one, name));
        expect(content.equals(readFileSync(join(another, name))), name).toBe(true);
        expect(content.includes(folder), name).toBe(false);
      }
    },
  );

  it("work through npm exec too", () => {
    configure(places[0], SAMPLE);
    const words = ["exec", "-c", "cdk synth --quiet --output exec.out"];
    execFileSync("npm", words, { cwd: places[0], stdio: "pipe", env: ENVIRONMENT });
    expect(readdirSync(join(places[0], "exec.out"))).toContain(`${STACK}.template.json`);
  });

  it("find nothing that cdk-nag or CloudFormation's schemas object to", () => {
    const report = readFileSync(join(places[0], "cdk.out/validation-report.json"), "utf8");
    expect((JSON.parse(report) as { pluginReports: unknown[] }).pluginReports).toEqual([]);
  });

  it("bring the base model along to the image and to the function that compares with it", () => {
    const isBase = (name: string) => name.endsWith("/base/master.safetensors");
    expect(filesOf(places[0]).filter(isBase)).toHaveLength(2);
  });

  it("bring the functions and the Worker's form along", async () => {
    const assets = JSON.parse(
      readFileSync(join(places[0], "cdk.out", `${STACK}.assets.json`), "utf8"),
    ) as { files: Record<string, { displayName: string; source: { path: string } }> };
    const pathOf = (name: string) =>
      Object.values(assets.files).find(({ displayName }) => displayName.startsWith(name))!.source.path; // prettier-ignore
    const form = readFileSync(join(places[0], "cdk.out", pathOf("Edge/Form")));
    const { metadata, modules } = await readForm(new Uint8Array(form));
    expect(modules.map(({ name }) => name)).toContain("worker.js");
    expect(metadata.bindings).toContainEqual({
      type: "r2_bucket",
      name: "MODELS",
      bucket_name: SAMPLE.cloudflare.bucketName,
    });
    for (const [code, program] of [
      ["Edge/Deployer/Code", "index.mjs"],
      ["Retraining/Function/Code", "ops/bundle/index.mjs"],
    ] as const) {
      const exported = (await import(join(places[0], "cdk.out", pathOf(code), program))) as {
        handler: unknown;
      };
      expect(exported.handler, code).toBeTypeOf("function");
    }
  });
});

it("a wrong configuration ends the synthesis with its sentence alone", () => {
  const config = { ...SAMPLE, region: "Vienna" };
  try {
    synth(places[0], config);
    expect.fail("it was taken");
  } catch (error) {
    const stderr = String((error as { stderr?: Buffer }).stderr);
    expect(stderr).toContain('cdk.json: afterword.region is "Vienna"; write an AWS region');
    expect(stderr).not.toContain("    at ");
  }
});
