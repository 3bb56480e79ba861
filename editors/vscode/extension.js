// Starts `olbuild lsp` and lets the editor talk with it. Everything else is in the server.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

async function start() {
  const [command, ...args] = vscode.workspace.getConfiguration("olbuild").get("command", ["olbuild", "lsp"]);
  const server = { command, args };
  const options = {
    documentSelector: [
      { scheme: "file", language: "modelfile" },
      { scheme: "untitled", language: "modelfile" },
    ],
  };
  client = new LanguageClient("olbuild", "olbuild", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const answer = await vscode.window.showErrorMessage(
      `olbuild: "${command}" cannot be started (${error.message}). Install it with: pip install 'olbuild[editor]'`,
      "Open settings",
    );
    if (answer) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "olbuild.command");
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("olbuild.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("olbuild.command")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
