// client: predictions from an Afterword server, for pages, Node and Workers. What is exported here is the package's interface.

export { acceptPrediction, applyChange, typeAfterAcceptance } from "../inference/acceptance.ts";
export type { TextChange } from "../inference/acceptance.ts";
export { connect, EdgeSession } from "./connect.ts";
export type { CallOptions, Client, ClientOptions, OpenOptions, TransportOptions } from "./connect.ts"; // prettier-ignore
export { AfterwordError } from "./errors.ts";
export { Session } from "./session.ts";
export type { Backend, Feedback, Prediction, Predictions, Question, Score, SessionDescription, StatelessPredictions } from "./types.ts"; // prettier-ignore
