"""Does more training text still help? `python -m benchmarks learning_curve`, some minutes.

Our parts are trained on an eighth, a quarter, half and all of data/nlu, each the same share of every intent and language, and
judged on messages that are not in it. The figures are kept in docs/evaluation/learning_curve.json, for `make evaluate`.
"""

from __future__ import annotations

import time

from benchmarks.samples import sample
from benchmarks.understanding import FIGURES, judge, keep, sets, train, training_text
from bot.evaluation.report import brief, summary

SHARES = (1 / 8, 1 / 4, 1 / 2, 1)
JUDGED_ON = ("unseen.tsv", "unseen.yml", "development.tsv")


def main() -> None:
    examples = training_text()
    files = {name: paths for name, paths in sets().items() if name in JUDGED_ON}
    steps = []
    for share in SHARES:
        part = sample(examples, share)
        began = time.process_time()
        understanding = train(part)
        spent = time.process_time() - began
        briefs = {name: brief(evaluation) for name, evaluation in judge(understanding, files)}
        print(f"{len(part)} messages, trained in {spent:.0f} s of processor time\n{summary(briefs)}\n", flush=True)
        steps.append({"training_messages": len(part), "train_cpu_s": round(spent, 1), "sets": briefs})
        keep(FIGURES / "learning_curve.json", steps)


if __name__ == "__main__":
    main()
