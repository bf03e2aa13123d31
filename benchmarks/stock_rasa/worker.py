"""One Rasa, trained or asked, in a process of its own: `PYTHON worker.py train|read FOLDER`.

The same script runs our Rasa and, with the Python of another environment, the stock one; it must therefore import nothing
of ours. `train` makes FOLDER/model.tar.gz of FOLDER/config.yml and FOLDER/nlu.yml. `read` has it read the messages of
FOLDER/messages.json. What they found and cost is written to FOLDER/train.json and FOLDER/read.json: processor time in
seconds and milliseconds, peak resident memory in MB.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path


def train(folder: Path) -> dict:
    from rasa.model_training import train_nlu

    began = time.process_time()
    made = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder), fixed_model_name="model")
    return {"model": made, "cpu_s": time.process_time() - began}


async def read(folder: Path) -> dict:
    from rasa.core.agent import load_agent

    agent = await load_agent(str(folder / "model.tar.gz"))
    texts = json.loads((folder / "messages.json").read_text(encoding="utf-8"))
    await agent.parse_message("warm up")
    found, milliseconds = [], []
    for text in texts:
        began = time.process_time()
        parsed = await agent.parse_message(text)
        milliseconds.append((time.process_time() - began) * 1000)
        needs = [entity["value"] for entity in parsed["entities"] if entity["entity"] == "need"]
        found.append({"intent": parsed["intent"]["name"], "needs": needs})
    return {"found": found, "cpu_ms": milliseconds}


def main() -> None:
    what, folder = sys.argv[1], Path(sys.argv[2])
    done = train(folder) if what == "train" else asyncio.run(read(folder))
    done["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (folder / f"{what}.json").write_text(json.dumps(done), encoding="utf-8")


main()
