// test/job/dockerfile: reads a Dockerfile as far as checking one without Docker needs.

export interface Instruction {
  name: string; // e.g. COPY
  words: string[]; // what follows it; the elements of a JSON list, flags left out
  from: string | undefined; // the stage that --from names
}

/** The instructions of each stage, in order; a stage's first is its FROM. */
export function readStages(dockerfile: string): Instruction[][] {
  const lines = dockerfile
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const instruction = readInstruction(line);
    if (instruction.name === "FROM") stages.push([]);
    stages.at(-1)?.push(instruction); // what stands before the first FROM belongs to none
  }
  return stages;
}

function readInstruction(line: string): Instruction {
  const [, name, rest] = /^\s*(\S+)\s+(.*)$/.exec(line) as unknown as [string, string, string];
  const words = rest.startsWith("[") ? (JSON.parse(rest) as string[]) : rest.trim().split(/\s+/);
  return {
    name: name.toUpperCase(),
    words: words.filter((word) => !word.startsWith("--") || rest.startsWith("[")),
    from: /--from=(\S+)/.exec(rest)?.[1],
  };
}

/** The environment that a stage sets. */
export function readEnvironment(stage: Instruction[]): Record<string, string> {
  const settings = stage.filter(({ name }) => name === "ENV").flatMap(({ words }) => words);
  return Object.fromEntries(settings.map((setting) => setting.split("=") as [string, string]));
}

/** The words of a stage's last instruction of that name. */
export function lastWords(stage: Instruction[], name: string): string[] {
  return stage.findLast((instruction) => instruction.name === name)?.words ?? [];
}
