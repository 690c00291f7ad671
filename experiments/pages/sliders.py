"""Sliders beside a result in a notebook: where nobody can move them, the result stands there by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.questions.settings import ExperimentError, one_line, refuse

# What a widget is in an executed notebook, where it would be a dead name.
WIDGET = "application/vnd.jupyter.widget-view+json"
_STEPS = 20


def explore(show: Callable[..., Any], **choices: Sequence[Any]) -> None:
    """Show ``show(**values)``, with a slider or a list for each argument where the notebook is live.

    Without Jupyter nothing is shown; without ipywidgets (``pip install 'weightshift[notebooks]'``), or with nobody at
    the keyboard, the result at the first values alone.

    Args:
        show: What makes a figure, a table or words.
        **choices: For each of its arguments ``(start, low, high)`` as numbers for a slider, or a list of what there is
            to choose from, the first of which is the start.

    Raises:
        ExperimentError: There is nothing to choose from, or a start outside its range.
    """
    start = {name: _start(name, given) for name, given in choices.items()}
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if get_ipython() is None:
        return
    sliders = _sliders(choices)
    if sliders:
        _show_widgets(list(sliders.values()), display)
    shown = display(_result(show, start), display_id=True)

    def moved(_: Any = None) -> None:
        shown.update(_result(show, {name: slider.value for name, slider in sliders.items()}))

    for slider in sliders.values():
        slider.observe(moved, names="value")


def _result(show: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """The result, or in one line why there is none: an odd value must not fill the page with a traceback."""
    try:
        return show(**values)
    except ExperimentError as error:
        return one_line(str(error), 300)


def _start(name: str, given: Sequence[Any]) -> Any:
    if isinstance(given, str) or len(given) == 0:
        raise refuse(name, given, "(start, low, high), or a list of what there is to choose from")
    if _is_range(given):
        start, low, high = given
        if not low <= start <= high:
            raise refuse(name, start, f"a start from {low:g} to {high:g}")
    return given[0]


def _is_range(given: Sequence[Any]) -> bool:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given)
    return isinstance(given, tuple) and len(given) == 3 and numbers


def _sliders(choices: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Argument → its widget; none without ipywidgets."""
    try:
        import ipywidgets
    except ImportError:
        return {}
    wide: dict[str, Any] = {"style": {"description_width": "initial"}, "layout": {"width": "32em"}}
    sliders = {}
    for name, given in choices.items():
        about = {"description": name.replace("_", " "), **wide}
        if _is_range(given):
            start, low, high = given
            # A run takes a second, so the result follows when the slider is let go.
            sliders[name] = ipywidgets.FloatSlider(
                value=start, min=low, max=high, step=(high - low) / _STEPS, continuous_update=False, **about
            )
        else:
            sliders[name] = ipywidgets.Dropdown(options=list(given), value=given[0], **about)
    return sliders


def _show_widgets(widgets: Sequence[Any], display: Callable[..., Any]) -> None:
    """The widgets, and no words in their place where they cannot be."""
    for widget in widgets:
        bundle = widget._repr_mimebundle_()
        display({WIDGET: bundle[WIDGET]}, raw=True)
