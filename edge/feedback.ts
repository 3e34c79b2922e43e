// edge/feedback: how often a model's suggestions are shown and accepted, in one object for each model. Reports are added up in
// memory and written behind: a row some seconds after the first of them, and at most once a minute the object's counts to the
// bucket, where the command line finds them beside the model's versions.

import { DurableObject } from "cloudflare:workers";
import { addReport } from "#model/feedback";
import type { FeedbackCounts, ModelFeedback, VersionFeedback } from "#model/feedback";
import { feedbackKey } from "#model/layout";
import type { Environment } from "./environment.ts";

const ROW = "feedback";
/** An object may sleep 10 s after its last call, and forgets. */
const SAVE_MS = 8_000;
const PUBLISH_MS = 60_000;
/** Of more versions than these, those that nothing was reported of for longest are let go of. */
const MAX_VERSIONS = 100;

interface Row extends ModelFeedback {
  model: string;
}

export class Feedback extends DurableObject<Environment> {
  #row = this.ctx.storage.kv.get<Row>(ROW);
  #isSaved = true;
  #isPlanned = false; // whether an alarm is set
  #publishedAt = 0;

  /** Adds a report up. */
  async add(model: string, version: string, counts: FeedbackCounts): Promise<void> {
    const before = this.#row?.versions ?? {};
    const total = addReport(before[version], counts, new Date());
    this.#row = { model, versions: lastOf({ ...before, [version]: total }) };
    this.#isSaved = false;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    await this.#plan(Date.now() + SAVE_MS);
  }

  /** All that was reported. */
  read(): ModelFeedback {
    return { versions: this.#row?.versions ?? {} };
  }

  override async alarm(): Promise<void> {
    this.#isPlanned = false;
    if (!this.#row) return;
    if (!this.#isSaved) this.ctx.storage.kv.put(ROW, this.#row);
    this.#isSaved = true;
    const publishAt = this.#publishedAt + PUBLISH_MS;
    if (publishAt > Date.now()) {
      this.#isPlanned = true;
      return this.#plan(publishAt);
    }
    const { model, versions } = this.#row;
    const httpMetadata = { contentType: "application/json" };
    await this.env.MODELS.put(feedbackKey(model), JSON.stringify({ versions }), { httpMetadata });
    this.#publishedAt = Date.now();
  }

  #plan(at: number): Promise<void> {
    return this.ctx.storage.setAlarm(at, { allowUnconfirmed: true });
  }
}

function lastOf(versions: Record<string, VersionFeedback>): Record<string, VersionFeedback> {
  const entries = Object.entries(versions);
  if (entries.length <= MAX_VERSIONS) return versions;
  const sorted = entries.sort(([, a], [, b]) => b.updatedAt.localeCompare(a.updatedAt));
  return Object.fromEntries(sorted.slice(0, MAX_VERSIONS));
}
