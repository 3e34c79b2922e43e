import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { lastWords, readEnvironment, readStages } from "./dockerfile.ts";

const DOCKERFILE = `
ARG BASE=node:24
# a comment
FROM \${BASE} AS first
RUN one \\
  && two
FROM \${BASE}
COPY --from=first /a /b
COPY x y z/
ENV A=1 B=two
ENTRYPOINT ["tini", "--", "node"]
`;

describe("a Dockerfile", () => {
  const [first = [], last = []] = readStages(DOCKERFILE);

  it("is read stage by stage, continued lines as one", () => {
    expect(first).toEqual([
      { name: "FROM", words: ["${BASE}", "AS", "first"], from: undefined },
      { name: "RUN", words: ["one", "&&", "two"], from: undefined },
    ]);
  });

  it("tells what is copied from where, what is set and what is run", () => {
    expect(last[1]).toEqual({ name: "COPY", words: ["/a", "/b"], from: "first" });
    expect(last[2]).toEqual({ name: "COPY", words: ["x", "y", "z/"], from: undefined });
    expect(readEnvironment(last)).toEqual({ A: "1", B: "two" });
    expect(lastWords(last, "ENTRYPOINT")).toEqual(["tini", "--", "node"]);
  });
});

describe("the project's packages", () => {
  it("never bring TensorFlow's library along: that is the image's", async () => {
    const lock = JSON.parse(await readFile("package-lock.json", "utf8")) as { packages: object };
    const native = Object.keys(lock.packages).filter((name) => name.includes("tfjs-node"));
    expect(native).toEqual([]);
  });
});
