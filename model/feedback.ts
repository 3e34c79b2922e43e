// model/feedback: how often a version's suggestions were shown, accepted, or typed out by hand: counts, and no text. The edge
// adds them up and writes them beside the model's versions.

/** What one report says. */
export interface FeedbackCounts {
  shown: number; // words for which something was suggested
  accepted: number; // of these, words that were accepted
  typedOut: number; // of these, words that were suggested and typed to their end all the same
  charactersSaved: number; // that acceptances brought, less the keystrokes of accepting
}

/** What all reports of a version say. */
export interface VersionFeedback extends FeedbackCounts {
  reports: number;
  // sums over the reports, for the variance between them
  acceptedSquared: number;
  acceptedTimesShown: number;
  shownSquared: number;
  updatedAt: string; // ISO 8601
}

/** `models/<name>/feedback.json`, by version. */
export interface ModelFeedback {
  versions: Record<string, VersionFeedback>;
}

const NOTHING = {
  shown: 0,
  accepted: 0,
  typedOut: 0,
  charactersSaved: 0,
  reports: 0,
  acceptedSquared: 0,
  acceptedTimesShown: 0,
  shownSquared: 0,
};

/**
 * What is known of a version with one report more.
 * @param before undefined where that is the first
 * @example
 * const report = { shown: 10, accepted: 3, typedOut: 2, charactersSaved: 12 };
 * feedback.versions[version] = addReport(feedback.versions[version], report, new Date());
 */
export function addReport(
  before: VersionFeedback | undefined,
  { shown, accepted, typedOut, charactersSaved }: FeedbackCounts,
  now: Date,
): VersionFeedback {
  const total = { ...NOTHING, ...before };
  return {
    shown: total.shown + shown,
    accepted: total.accepted + accepted,
    typedOut: total.typedOut + typedOut,
    charactersSaved: total.charactersSaved + charactersSaved,
    reports: total.reports + 1,
    acceptedSquared: total.acceptedSquared + accepted ** 2,
    acceptedTimesShown: total.acceptedTimesShown + accepted * shown,
    shownSquared: total.shownSquared + shown ** 2,
    updatedAt: now.toISOString(),
  };
}

/**
 * The share of words that were accepted where something was suggested; null where nothing was.
 * @example
 * acceptanceRate({ shown: 10, accepted: 3, typedOut: 2, charactersSaved: 12 }); // 0.3
 */
export function acceptanceRate({ shown, accepted }: FeedbackCounts): number | null {
  return shown > 0 ? accepted / shown : null;
}

/**
 * What was reported, newest version first, named as JSON has it.
 * @example
 * listFeedback(feedback)[0]?.acceptance_rate; // 0.3
 */
export function listFeedback({ versions }: ModelFeedback) {
  const entries = Object.entries(versions).sort(([a], [b]) => b.localeCompare(a));
  return entries.map(([version, counts]) => ({
    version,
    shown: counts.shown,
    accepted: counts.accepted,
    typed_out: counts.typedOut,
    characters_saved: counts.charactersSaved,
    acceptance_rate: acceptanceRate(counts),
    reports: counts.reports,
    updated_at: counts.updatedAt,
  }));
}
