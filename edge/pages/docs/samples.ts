// edge/pages/docs/samples: one call as a command and as programs. Pure.

export interface Call {
  method: string;
  url: string;
  body: unknown; // undefined where there is none
  needsKey: boolean;
}

const LANGUAGES = ["curl", "javascript", "python"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The call in a language, runnable as it stands. */
export function sampleOf(call: Call, language: Language): string {
  return { curl, javascript, python }[language](call);
}

function curl({ method, url, body, needsKey }: Call): string {
  const json = JSON.stringify(body)?.replaceAll("'", String.raw`'\''`);
  return [
    `curl ${method === "GET" || method === "POST" ? "" : `-X ${method} `}${url}`,
    ...(needsKey ? ['-H "authorization: Bearer $AFTERWORD_KEY"'] : []),
    ...(body === undefined ? [] : ["-H 'content-type: application/json'", `-d '${json}'`]),
  ].join(" \\\n  ");
}

function javascript({ method, url, body, needsKey }: Call): string {
  const headers = [
    ...(needsKey ? ["authorization: `Bearer ${process.env.AFTERWORD_KEY}`"] : []),
    ...(body === undefined ? [] : ['"content-type": "application/json"']),
  ];
  const options = [
    ...(method === "GET" ? [] : [`method: "${method}"`]),
    ...(headers.length > 0 ? [`headers: { ${headers.join(", ")} }`] : []),
    ...(body === undefined ? [] : [`body: JSON.stringify(${JSON.stringify(body)})`]),
  ].map((option) => `  ${option},\n`);
  const second = options.length > 0 ? `, {\n${options.join("")}}` : "";
  return `const response = await fetch("${url}"${second});\nconsole.log(await response.json());`;
}

function python({ method, url, body, needsKey }: Call): string {
  const headers = [
    ...(needsKey ? [`"authorization": f"Bearer {os.environ['AFTERWORD_KEY']}"`] : []),
    ...(body === undefined ? [] : ['"content-type": "application/json"']),
  ];
  const data = body === undefined ? "" : `\n    data=json.dumps(${pythonOf(body)}).encode(),`;
  return [
    `import json${needsKey ? ", os" : ""}`,
    "from urllib.request import Request, urlopen",
    "",
    `request = Request(\n    "${url}",\n    method="${method}",${data}\n    headers={${headers.join(", ")}},\n)`,
    "print(json.load(urlopen(request)))",
  ].join("\n");
}

function pythonOf(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(", ")}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${pythonOf(field)}`); // prettier-ignore
    return `{${fields.join(", ")}}`;
  }
  return JSON.stringify(value);
}
