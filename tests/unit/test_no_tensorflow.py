"""The stand-in of tools/no-tensorflow: Rasa starts with it, spaCy is not fooled, and real use is an error."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
from collections.abc import Callable

import pytest
import tensorflow
from thinc import compat


def test_what_is_installed_is_the_stand_in() -> None:
    assert importlib.metadata.version("tensorflow") == "2.12.0+none"
    assert tensorflow.__doc__ is not None
    assert "do-nothing stand-in" in tensorflow.__doc__


def test_rasa_imports_with_it_and_nothing_of_the_real_one_is_there() -> None:
    script = (
        "import rasa.core.agent, rasa.model_training, rasa.engine.recipes.default_components, sys\n"
        "assert 'tensorflow' in sys.modules\n"
        "assert not any(name.startswith('tensorflow.python') and getattr(module, '__file__', None)"
        " for name, module in sys.modules.items())"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_spacy_does_not_take_it_for_tensorflow() -> None:
    assert compat.has_tensorflow is False
    assert compat.has_tensorflow_gpu is False


def test_any_name_of_it_can_be_inherited_from_annotated_with_and_used_as_a_decorator() -> None:
    layers = importlib.import_module("tensorflow.keras.layers")

    class Layer(layers.Dense):  # type: ignore[misc,name-defined]
        @tensorflow.function
        def twice(self, number: int) -> int:
            return number * 2

    assert Layer().twice(2) == 4


@pytest.mark.parametrize("use", [lambda: tensorflow.constant([1.0])(), lambda: tensorflow.keras.Model()(1)])
def test_using_it_for_real_says_why_it_is_not_there(use: Callable[[], object]) -> None:
    with pytest.raises(RuntimeError, match=r"left out of Homeward on purpose.*0003-no-tensorflow"):
        use()


@pytest.mark.parametrize("name", ["__path__nowhere__", "__wrapped__"])
def test_it_does_not_pretend_to_have_special_attributes(name: str) -> None:
    # inspect, copy, pickle and doctest ask for such names and would go astray on an answer
    with pytest.raises(AttributeError):
        getattr(tensorflow, name)
