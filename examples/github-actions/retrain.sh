#!/usr/bin/env bash
# Retrains a model where there is no GPU and no AWS, and publishes it: the steps of retrain.yml, to be run anywhere.
#   AFTERWORD_STORE   where models are published: https://ACCOUNT.r2.cloudflarestorage.com/BUCKET or s3://BUCKET
#   AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   that store's keys
#   CORPUS            a folder or file with the text (default: corpus)
#   CORPUS_BUCKET     s3://BUCKET/PREFIX to fetch the text from first, with the AWS command line (default: the text is here)
#   MODEL             the model's name (default: default)
#   TRAIN_OPTIONS     more options of `afterword train`, e.g. "--from current --minutes 60"
#   RUN               the run's folder (default: one for each week, so that a run that was cut off goes on)
set -eu

corpus=${CORPUS:-corpus}
model=${MODEL:-default}
run=${RUN:-runs/$model-$(date -u +%G-%V)}
: "${AFTERWORD_STORE:?names no store; set it to https://ACCOUNT.r2.cloudflarestorage.com/BUCKET}"

if [ -n "${CORPUS_BUCKET:-}" ]; then
  aws s3 sync --delete "$CORPUS_BUCKET" "$corpus"
fi

resume=
if [ -e "$run/settings.json" ]; then
  resume=--resume
fi
# shellcheck disable=SC2086 -- options are several words
npx afterword train --corpus "$corpus" --run "$run" $resume ${TRAIN_OPTIONS:-}

# the gate compares it with the current version; one that is worse stays in the store, and this ends with status 1
npx afterword publish --run "$run" --name "$model"
npx afterword models
