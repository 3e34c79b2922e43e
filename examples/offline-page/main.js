// The server answers while the model is loading; from then on the page needs no network.

import { connect } from "@afterword/client";
import { attach } from "@afterword/client/element";
import { handOver, openLocal } from "@afterword/client/local";

const url = new URLSearchParams(location.search).get("url") ?? "http://127.0.0.1:8787";

const session = connect({ url }).session();
attach(document.getElementById("note"), { source: session });
const isLocal = await handOver(session, openLocal({ server: { url } }));
document.getElementById("state").textContent = isLocal
  ? "the page answers"
  : "the server answers: the model could not be loaded";
