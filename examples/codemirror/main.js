// An editor of code or prose with ghost text.

import { afterword } from "@afterword/client/codemirror";
import { EditorView } from "@codemirror/view";

const url = new URLSearchParams(location.search).get("url") ?? "http://127.0.0.1:8787";

new EditorView({
  extensions: [
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": "Text" }),
    afterword({ url }),
  ],
  parent: document.getElementById("editor"),
}).focus();
