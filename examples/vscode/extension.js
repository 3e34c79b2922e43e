// Predictions in VS Code: it starts `afterword lsp` and shows what that suggests.

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const settings = workspace.getConfiguration("afterword");
  const server = { command: settings.get("command"), args: settings.get("arguments") };
  const documentSelector = ["markdown", "plaintext", "git-commit"].map((language) => ({
    language,
  }));
  client = new LanguageClient("afterword", "Afterword", server, { documentSelector });
  await client.start();
};

exports.deactivate = () => client?.stop();
