// edge/session-profile: a session's part in its writer's profile: what it makes of the next word, and telling it what is typed.
// That is done behind, whenever the session has been saved; what is typed in between is known here alone.

import { acknowledge, beginLearning, freeze, learnText } from "#inference/profile-learning";
import type { Learning, NumberedChange, SavedMoment } from "#inference/profile-learning";
import type { ProfileNgrams } from "#inference/profile-ngrams";
import type { SessionText } from "#inference/session-state";
import { dayOf } from "#inference/writer-profile";
import { tokenizerSettings } from "#model/tokenizers/find";
import type { Environment } from "./environment.ts";
import { ApiError, logError } from "./errors.ts";
import type { Model } from "./load-model.ts";
import { chargeWork } from "./middleware.ts";
import { profileOf, readProfile, recallProfile } from "./profiles.ts";
import type { SessionStorage, StoredSession } from "./session-storage.ts";

/** Saves the session, after something was done. */
type Save = (before: () => void) => void;

export class SessionProfile {
  readonly #ctx: DurableObjectState;
  readonly #env: Environment;
  readonly #storage: SessionStorage;
  readonly #save: Save;
  #isRead = false; // as it is now, as far as this session knows
  #telling: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Environment, storage: SessionStorage, save: Save) {
    this.#ctx = ctx;
    this.#env = env;
    this.#storage = storage;
    this.#save = save;
  }

  /** What a new session of a writer begins with. */
  begin(
    user: string | undefined,
    { network }: Model,
    text: SessionText,
  ): Pick<StoredSession, "user" | "learning"> {
    if (user === undefined) return {};
    const learning = beginLearning(tokenizerSettings(network.tokenizer));
    return { user, learning: learnText(learning, text, momentOf(0)) };
  }

  /** What the profile makes of the next word; null where there is none, or where it does not answer. */
  async read(
    session: StoredSession,
    model: Model,
    rateKey: string | null,
  ): Promise<ProfileNgrams | null> {
    const { owner, user, learning } = session;
    if (user === undefined || !learning) return null;
    const writer = { owner, user };
    const recalled = this.#isRead ? recallProfile(this.#env, writer, model) : null;
    if (recalled) return recalled;
    try {
      const sequence = (learning.changes[0]?.sequence ?? learning.sequence + 1) - 1;
      const charge = (ms: number) => chargeWork(this.#env, rateKey, ms);
      const reader = { id: this.#ctx.id.toString(), sequence };
      const read = await readProfile(this.#env, { writer, model }, charge, reader);
      this.#isRead = true;
      return read;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      logError(error); // the next call asks again
      return null;
    }
  }

  /** Goes by a model's tokenizer from now on. */
  useModel({ network }: Model): void {
    const learning = this.#learning;
    const tokenizer = tokenizerSettings(network.tokenizer);
    if (!learning || JSON.stringify(learning.tokenizer) === JSON.stringify(tokenizer)) return;
    this.#storage.changeLearning({ ...learning, tokenizer });
  }

  /** Notes what the text adds to the profile, before it is saved. */
  learn(isFinished = true): void {
    const session = this.#storage.read();
    if (!session?.learning) return;
    const moment = momentOf(this.#storage.changedFrom, isFinished);
    this.#storage.changeLearning(learnText(session.learning, session, moment));
  }

  /**
   * Notes what a long change adds, of which the session lets go before it is saved.
   * @param changed the whole text
   * @param edited what is retained of it
   */
  learnLong(changed: SessionText, edited: SessionText): boolean {
    const learning = this.#learning;
    const changedFrom = Math.min(this.#storage.changedFrom, changed.points.at(-1)!.position);
    if (!learning || edited.start <= changedFrom) return false;
    this.#storage.changeLearning(learnText(learning, changed, momentOf(changedFrom)));
    return true;
  }

  /** Saves and tells what a long change has added. */
  tellLong(): void {
    this.#save(() => {}); // the text that was let go of is compared no more
    this.#ctx.waitUntil(this.tell());
  }

  /** Tells the profile what was noted and saved; what it does not take now, it is told with the next. */
  async tell(): Promise<void> {
    await this.#telling;
    if (!this.#learning?.changes.length) return;
    this.#telling = this.#tellChanges().catch(logError);
    await this.#telling;
    this.#telling = null;
  }

  /** Freezes what was typed so far; answers what the profile may not have of it. */
  async flush(profileId: string): Promise<NumberedChange[]> {
    await this.#telling;
    const session = this.#storage.read();
    if (!session?.learning || this.#profile(session).id.toString() !== profileId) return [];
    this.#isRead = false;
    this.#save(() => this.learn(false));
    const { changes } = this.#learning!;
    this.#save(() => this.#freeze());
    // what was told here must not be told again by a session that was killed before this was on disk
    await this.#ctx.storage.sync();
    return changes;
  }

  /** The session ends. */
  async end(): Promise<void> {
    const session = this.#storage.read();
    if (!session?.learning) return;
    this.#save(() => this.learn());
    await this.tell();
    await this.#profile(session).end(this.#ctx.id.toString()).catch(logError); // it finds out when it asks the session
  }

  async #tellChanges(): Promise<void> {
    const session = this.#storage.read()!;
    const { changes } = session.learning!;
    // what was told must not be counted anew by a session that was killed before it was on disk
    await this.#ctx.storage.sync();
    const isTaken = await this.#profile(session).learn(this.#ctx.id.toString(), changes);
    this.#isRead = false;
    const learning = this.#learning;
    if (!learning) return;
    if (isTaken) return this.#storage.changeLearning(acknowledge(learning, changes.at(-1)!.sequence)); // prettier-ignore
    this.#save(() => this.learn());
    this.#freeze();
  }

  /** Right after the session was saved. */
  #freeze(): void {
    const session = this.#storage.read();
    if (session?.learning) this.#storage.changeLearning(freeze(session.learning, session));
  }

  #profile({ owner, user }: StoredSession) {
    return profileOf(this.#env, { owner, user: user! });
  }

  get #learning(): Learning | undefined {
    return this.#storage.read()?.learning;
  }
}

function momentOf(changedFrom: number, isFinished = true): SavedMoment {
  return { changedFrom, isFinished, day: dayOf(Date.now()) };
}
