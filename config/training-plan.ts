// config/training-plan: what one run trains, as cdk.json's list of models, a sweep and a job name it.

import type { SettingChanges } from "#model/presets";
import type { TokenizerName } from "#model/tokenizers/tokenizer";

/** What one run trains: an entry of a sweep, and of cdk.json's list of models. */
export interface TrainingPlan {
  model: string;
  corpus: string;
  licences?: Record<string, string>; // of the text, by how the paths of files begin; "" stands for all others
  tokenizer: TokenizerName;
  language?: string; // of the text, a BCP 47 tag
  preset: string;
  settings: SettingChanges;
  gateTolerancePercent: number;
}
