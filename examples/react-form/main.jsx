// A form whose text area suggests words; the form is React's, and so is the text.

import { AfterwordTextarea } from "@afterword/client/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const url = new URLSearchParams(location.search).get("url") ?? "http://127.0.0.1:8787";

function Form() {
  const [text, setText] = useState("");
  const [sent, setSent] = useState("");
  const send = (event) => {
    event.preventDefault();
    setSent(text);
  };
  return (
    <form onSubmit={send}>
      <label htmlFor="message">Message</label>
      <AfterwordTextarea
        id="message"
        afterword={{ url }}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button>Send</button>
      <output>{sent}</output>
    </form>
  );
}

createRoot(document.getElementById("root")).render(<Form />);
