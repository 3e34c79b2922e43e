// A rich document with ghost text: the ProseMirror plugin in an extension of TipTap.

import { afterword } from "@afterword/client/prosemirror";
import { Editor, Extension } from "@tiptap/core";
import { StarterKit } from "@tiptap/starter-kit";

const url = new URLSearchParams(location.search).get("url") ?? "http://127.0.0.1:8787";

const Afterword = Extension.create({
  name: "afterword",
  addProseMirrorPlugins: () => [afterword({ url })],
});

export const editor = new Editor({
  element: document.getElementById("editor"),
  extensions: [StarterKit, Afterword],
  autofocus: true,
});
