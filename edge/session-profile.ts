// edge/session-profile: a session's part in its writer's profile: what it makes of the next word, and telling it what is typed.
// That is done behind, whenever the session has been saved; what is typed in between is known here alone.

import { acknowledge, beginLearning, freeze, learnText } from "#inference/profile-learning";
import type { Learning, NumberedChange } from "#inference/profile-learning";
import type { ProfileNgrams } from "#inference/profile-ngrams";
import { dayOf } from "#inference/writer-profile";
import { tokenizerSettings } from "#model/tokenizers/find";
import type { Environment } from "./environment.ts";
import { logError } from "./errors.ts";
import type { Model } from "./load-model.ts";
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

  constructor(
    { ctx, env, storage }: { ctx: DurableObjectState; env: Environment; storage: SessionStorage },
    save: Save,
  ) {
    this.#ctx = ctx;
    this.#env = env;
    this.#storage = storage;
    this.#save = save;
  }

  /** What a new session of a writer begins with. */
  begin(user: string | undefined, { network }: Model): Pick<StoredSession, "user" | "learning"> {
    if (user === undefined) return {};
    return { user, learning: beginLearning(tokenizerSettings(network.tokenizer)) };
  }

  /** What the profile makes of the next word; null where there is none, or where it does not answer. */
  async read(session: StoredSession, model: Model): Promise<ProfileNgrams | null> {
    const { owner, user, learning } = session;
    if (user === undefined || !learning) return null;
    const writer = { owner, user };
    const recalled = this.#isRead ? recallProfile(this.#env, writer, model) : null;
    if (recalled) return recalled;
    try {
      const { sequence } = learning;
      const read = await readProfile(this.#env, writer, model, { id: this.#id, sequence });
      this.#isRead = true;
      return read;
    } catch (error) {
      logError(error); // the next call asks again
      return null;
    }
  }

  /** Goes by a model's tokenizer from now on. */
  useModel({ network }: Model): void {
    const learning = this.#storage.read()?.learning;
    if (learning) this.#storage.changeLearning({ ...learning, tokenizer: tokenizerSettings(network.tokenizer) }); // prettier-ignore
  }

  /** Notes what the text adds to the profile, before it is saved. */
  learn(isFinished = true): void {
    const session = this.#storage.read();
    if (!session?.learning) return;
    const { changedFrom } = this.#storage;
    const moment = { changedFrom, isFinished, day: dayOf(Date.now()) };
    this.#storage.changeLearning(learnText(session.learning, session, moment));
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
    return changes;
  }

  /** The session ends. */
  async end(): Promise<void> {
    const session = this.#storage.read();
    if (!session?.learning) return;
    this.#save(() => this.learn());
    await this.tell();
    await this.#profile(session).end(this.#id).catch(logError); // it finds out when it asks the session
  }

  async #tellChanges(): Promise<void> {
    const session = this.#storage.read()!;
    const { changes } = session.learning!;
    // what was told must not be counted anew by a session that was killed before it was on disk
    await this.#ctx.storage.sync();
    const isTaken = await this.#profile(session).learn(this.#id, changes);
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

  get #id(): string {
    return this.#ctx.id.toString();
  }
}
