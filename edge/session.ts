// edge/session: one person's text, and the states in it that predictions go on from. Answers from memory; when that is saved
// is write-behind's matter, what an edit means session-text's, what comes next the predictor's.
//
// Between the moment a model is at hand and what a call changes nothing is awaited, so calls that arrive together take
// turns; what each answers then hangs on its own text alone.

import { DurableObject } from "cloudflare:workers";
import { enqueue } from "#inference/micro-batcher";
import type { NumberedChange } from "#inference/profile-learning";
import type { Prediction } from "#inference/predictor";
import { beginText, cursorOf, invalidateStates, replaceFrom } from "#inference/session-text";
import { lengthToAsk, listPredictions } from "#inference/suggestion-list";
import { finishEdit, memoryOf } from "#inference/user-words";
import type { Environment } from "./environment.ts";
import { ApiError, logError, respondToError } from "./errors.ts";
import { isOpen, readKeys } from "./keys.ts";
import type { Model } from "./load-model.ts";
import { chargeWork } from "./middleware.ts";
import { sessionModel } from "./model-registry.ts";
import { changeText, checkChange, endOf } from "./session-edit.ts";
import { costOfList, costOfReading, settleInSlices } from "./work.ts";
import type { SessionChange } from "./session-edit.ts";
import { reportFeedback } from "./report-feedback.ts";
import { withProfile } from "./profiles.ts";
import { reply } from "./rpc-result.ts";
import type { RpcResult } from "./rpc-result.ts";
import { SessionProfile } from "./session-profile.ts";
import { describeSession } from "./session-description.ts";
import type { SessionDescription } from "./session-description.ts";
import { NewerFormatError, SessionStorage } from "./session-storage.ts";
import type { StoredSession } from "./session-storage.ts";
import { checkText } from "./validation.ts";
import { acceptSocket, callerOf, closeSocket, errorMessage, KEY_REVOKED, readMessage, sendTo, SESSION_ENDED } from "./websocket.ts"; // prettier-ignore
import type { Caller, SocketCaller } from "./websocket.ts";
import { WriteBehind } from "./write-behind.ts";
import type { Attachment } from "./write-behind.ts";

/** What a new session is charged beside its text: it is stored for days. */
const SESSION_UNITS = 20;

/** What a socket is reported to be closed with that broke. */
const ABNORMAL = 1006;

export interface NewSession {
  model: string;
  text: string;
  ttlSeconds: number;
  learn: boolean;
  user?: string; // whose profile it reads and adds to
}

export interface SessionPredictions {
  model: string;
  version: string;
  position: number; // where the text ends now
  predictions: Prediction[];
}

export class Session extends DurableObject<Environment> {
  readonly #id = this.ctx.id.toString();
  readonly #storage = new SessionStorage(this.ctx.storage);
  readonly #writeBehind = new WriteBehind(this.ctx, this.#storage, () => this.#profile.learn());
  readonly #profile = new SessionProfile(this.ctx, this.env, this.#storage, (before) =>
    this.#writeBehind.save(before),
  );
  #lastEdit: Promise<unknown> = Promise.resolve(); // never rejects
  #turn = Promise.resolve(); // when the last message of a socket has been answered

  constructor(ctx: DurableObjectState, env: Environment) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.#writeBehind.wake());
  }

  create(
    caller: Caller,
    { model, text, ttlSeconds, learn, user }: NewSession,
  ): Promise<RpcResult<SessionDescription>> {
    return reply(async () => {
      const current = await this.#currentModel(model);
      const { version, predictor } = current;
      const createdAt = Date.now();
      const expiresAt = createdAt + ttlSeconds * 1000;
      const changed = replaceFrom(beginText(predictor), { text, learn }, predictor);
      const ms = await costOfReading(current, cursorOf(changed));
      await chargeWork(this.env, caller.rateKey, ms + SESSION_UNITS);
      const begun = await settleInSlices(current, changed);
      const { owner } = caller;
      const writer = this.#profile.begin(user, current, changed);
      const session = { owner, model, version, createdAt, expiresAt, ttlSeconds, learn, ...writer, ...begun }; // prettier-ignore
      await this.#profile.read(session, current, caller.rateKey);
      await this.#writeBehind.create(session);
      await this.#profile.tell();
      return describeSession(session);
    });
  }

  describe(caller: Caller): Promise<RpcResult<SessionDescription>> {
    return reply(async () => describeSession(this.#find(caller)));
  }

  /** From `at` the text becomes `text`; what may come after it, a word that is rejected last of all. */
  predict(
    caller: Caller,
    change: SessionChange,
    socket?: WebSocket,
  ): Promise<RpcResult<SessionPredictions>> {
    return reply(async () => {
      const current = await this.#currentModel(this.#find(caller).model);
      const { predictor, version } = current;
      const profile = await this.#profile.read(this.#find(caller), current, caller.rateKey);
      const edited = await this.#inTurn(() => this.#edit(caller, change, current, socket));
      const cursor = cursorOf(edited);
      const step = predictor.pendingStep(cursor.point, cursor.rest);
      const memory = withProfile(profile, memoryOf(edited, predictor));
      if (step)
        await enqueue(predictor, step, lengthToAsk(change) + memory.rejected.size, () => scheduler.wait(0)); // prettier-ignore
      const predictions = listPredictions(predictor, cursor, memory, change);
      return { model: edited.model, version, position: endOf(edited), predictions };
    });
  }

  /** Edits of a text take turns: each begins where the one before ended. */
  #inTurn<Result>(edit: () => Promise<Result>): Promise<Result> {
    const result = this.#lastEdit.then(edit);
    this.#lastEdit = result.catch(() => {});
    return result;
  }

  /** The session as a change leaves it, read in slices and then kept; anew where it was another one meanwhile. */
  async #edit(caller: Caller, change: SessionChange, model: Model, socket?: WebSocket) {
    const { network, predictor } = model;
    for (let attempt = 0; ; attempt++) {
      const found = this.#find(caller);
      const session = this.#underModel(found, model);
      checkChange(session, change, this.#writeBehind);
      const changed = changeText(session, change, predictor);
      const ms = await costOfReading(model, cursorOf(changed));
      const listMs = costOfList(network, change);
      if (attempt === 0) await chargeWork(this.env, caller.rateKey, Math.floor(ms + listMs) - 1);
      const reached = await settleInSlices(model, changed);
      const edited = { ...session, ...finishEdit(reached, change.reject, predictor) };
      if (this.#find(caller) !== found) continue;
      const isLearned = this.#profile.learnLong(changed, edited);
      const expiresAt = Date.now() + edited.ttlSeconds * 1000;
      await this.#writeBehind.change({ ...edited, expiresAt }, socket);
      if (isLearned) this.#profile.tellLong();
      return edited;
    }
  }

  /** Makes the request a socket for `predict`. */
  override async fetch(request: Request): Promise<Response> {
    try {
      const caller = callerOf(request);
      this.#find(caller);
      const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
      this.ctx.acceptWebSocket(server);
      server.serializeAttachment({ caller });
      return acceptSocket(request, client);
    } catch (error) {
      return respondToError(error as Error);
    }
  }

  /** Messages take turns, so that they are answered in their order whatever one of them waits for. */
  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    // what becomes of one message must not keep the next from its turn
    this.#turn = this.#turn.then(() => this.#answer(socket, message)).catch(logError);
    return this.#turn;
  }

  /** The client's goodbye is returned: until then its side stays half open. */
  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    closeSocket(socket, code, reason);
    await this.#turn;
    await this.#writeBehind.socketClosed(socket);
    await this.#profile.tell();
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket, ABNORMAL, "");
  }

  async #answer(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    try {
      const { caller } = socket.deserializeAttachment() as Attachment<SocketCaller>;
      if (!this.#isKnown(caller)) return closeSocket(socket, KEY_REVOKED.code, KEY_REVOKED.reason);
      await chargeWork(this.env, caller.rateKey, 1);
      const { id, ...change } = readMessage(message);
      if ("feedback" in change) {
        await reportFeedback(this.env, this.#find(caller).model, change.feedback);
        return sendTo(socket, JSON.stringify({ id, object: "feedback" }));
      }
      checkText(change.text);
      const reply = await this.predict(caller, change, socket);
      if ("failure" in reply) throw new ApiError(reply.failure);
      sendTo(socket, JSON.stringify({ id, ...reply.result }));
    } catch (error) {
      sendTo(socket, errorMessage(error as Error, message));
    }
  }

  /** What a profile may not have of the text so far, of which nothing else comes from now on. */
  flushProfile(profileId: string): Promise<NumberedChange[]> {
    return this.#profile.flush(profileId);
  }

  delete(caller: Caller): Promise<RpcResult<null>> {
    return reply(async () => {
      this.#find(caller);
      await this.#erase();
      return null;
    });
  }

  /** To save, and at last to end; use puts the end off without moving the alarm. */
  override async alarm(): Promise<void> {
    try {
      const session = this.#storage.read();
      if (session && session.expiresAt > Date.now()) {
        await this.#writeBehind.alarm(session);
        await this.#profile.tell();
      } else await this.#erase();
    } catch (error) {
      if (!(error instanceof NewerFormatError)) throw error;
      await this.#writeBehind.postpone();
    }
  }

  /** Whether a socket's key is still one of the deployment's. */
  #isKnown({ keyId }: SocketCaller): boolean {
    const hashes = this.env.API_KEY_HASHES;
    return keyId === null ? isOpen(hashes) : readKeys(hashes).some(({ id }) => id === keyId);
  }

  #currentModel(name: string): Promise<Model> {
    return sessionModel(this.env.MODELS, name, this.#id, (promise) => this.ctx.waitUntil(promise));
  }

  /** States belong to one version; under another the retained text is read again. */
  #underModel(session: StoredSession, model: Model): StoredSession {
    const { version, predictor } = model;
    if (session.version === version) return session;
    this.#profile.useModel(model);
    return { ...session, ...invalidateStates(session, predictor), version };
  }

  /** A session of somebody else is as if it were not there. */
  #find({ owner, models }: Caller): StoredSession {
    const session = this.#storage.read();
    const isTheirs = session?.owner === owner && (models?.includes(session.model) ?? true);
    if (session && session.expiresAt > Date.now() && isTheirs) return session;
    throw new ApiError({
      status: 404,
      code: "session_not_found",
      message: "no such session; it was deleted, has expired, or never was",
      param: "id",
    });
  }

  async #erase(): Promise<void> {
    const { code, reason } = SESSION_ENDED;
    for (const socket of this.ctx.getWebSockets()) closeSocket(socket, code, reason);
    await this.#profile.end();
    await this.#writeBehind.forget(); // from now on a call finds nothing
  }
}
