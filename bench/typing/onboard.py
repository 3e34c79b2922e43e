"""The prediction engine of Onboard, an on-screen keyboard: trained on a text, it learns on from what is typed, as it ships.

usage: onboard.py TRAINING_TEXT; reads the text up to the cursor a line, answers words with tabs between them
"""

import sys

import pypredict.lm_wrapper as wrapper
from pypredict import CachedDynamicModel, LanguageModel

CONTEXT = 300  # characters that are looked at
LEARN_AFTER = 400  # characters typed
LISTED = 5

model = CachedDynamicModel(3)
model.smoothing = "abs-disc"
model.recency_ratio = 0.811
model.recency_halflife = 96
model.recency_smoothing = "jelinek-mercer"
model.recency_lambdas = [0.404, 0.831, 0.444]
with open(sys.argv[1], encoding="utf-8") as file:
    model.learn_tokens(wrapper.tokenize_text(file.read())[0])
print("ready", flush=True)

learnt = 0  # characters of what is typed
for line in sys.stdin:
    text = line.rstrip("\n")
    is_before_word = text == "" or not text[-1].isalnum()
    if is_before_word and len(text) - learnt >= LEARN_AFTER:
        end = text.rfind(". ") + 2
        if end > learnt:
            model.learn_tokens(wrapper.tokenize_text(text[learnt:end])[0])
            learnt = end
    context = wrapper.tokenize_context(text[-CONTEXT:])[0]
    if is_before_word and (not context or context[-1] != ""):
        context = context + [""]
    found = model.predictp(context, LISTED, options=LanguageModel.CASE_INSENSITIVE)
    print("\t".join(word for word, _ in found), flush=True)
