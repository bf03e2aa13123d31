"""A do-nothing stand-in for TensorFlow.

Rasa 3.6 imports TensorFlow at start-up even when no component of the pipeline uses it; that costs
hundreds of megabytes and many seconds in every process. Homeward's pipeline is linear models and
rules, so this package answers those imports with empty names. Using one for real work is an error.
See docs/decisions/0003-no-tensorflow.md.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from typing import Any

__version__ = "2.12.0"

# spaCy's thinc decides from this import whether TensorFlow is usable: it must find that it is not.
_ABSENT = ("tensorflow.experimental",)


class _Meta(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


class _Nothing(metaclass=_Meta):
    """Stands for any class, function or constant: fit to inherit from or to annotate with."""

    def __init_subclass__(cls, **_: Any) -> None:
        super().__init_subclass__()

    def __class_getitem__(cls, _: Any) -> Any:
        return cls

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is _Nothing and len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]  # used as a decorator: @tf.function
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __call__(self, *args: Any, **_: Any) -> Any:
        if len(args) == 1 and callable(args[0]):
            return args[0]  # used as a decorator factory: @tf.function(...)
        raise RuntimeError(
            "TensorFlow is left out of Homeward on purpose; a component that needs it is in config.yml. "
            "See docs/decisions/0003-no-tensorflow.md."
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes every `import tensorflow.x.y` succeed with an empty module."""

    roots = ("tensorflow.", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.startswith(_ABSENT) or not name.startswith(self.roots):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Nothing


sys.meta_path.append(_Finder())
