"""A figure as a printer without colours shows it, and how light a colour is."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import ListedColormap, to_rgba, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text

# Weights of red, green and blue in how light a colour looks (ITU-R BT.601), as image programs turn to grey.
WEIGHTS = (0.299, 0.587, 0.114)
_SHADES = 256


def lightness(colour: Any) -> float:
    """How light a colour is, from 0 for black to 1 for white, on white paper where it lets that through."""
    *rgb, alpha = to_rgba(colour)
    return float(np.dot(rgb, WEIGHTS)) * alpha + 1.0 - alpha


def in_grey(figure: Figure) -> None:
    """Turn every colour of a figure into its grey, in place."""
    for artist in figure.findobj():
        _turn(artist)


def _turn(artist: Artist) -> None:
    if isinstance(artist, Line2D):
        artist.set_color(_grey(artist.get_color()))
        artist.set_markerfacecolor(_grey(artist.get_markerfacecolor()))
        artist.set_markeredgecolor(_grey(artist.get_markeredgecolor()))
    elif isinstance(artist, Text):
        artist.set_color(_grey(artist.get_color()))
        if isinstance(artist, Annotation) and artist.arrow_patch is not None:
            _turn(artist.arrow_patch)  # which is nobody's child
    elif isinstance(artist, AxesImage):
        artist.set_cmap(ListedColormap([_grey(colour) for colour in artist.cmap(np.linspace(0.0, 1.0, _SHADES))]))
    elif isinstance(artist, Collection):
        if artist.get_array() is not None:
            artist.set_cmap(ListedColormap([_grey(colour) for colour in artist.cmap(np.linspace(0.0, 1.0, _SHADES))]))
            return
        artist.set_facecolor([_grey(colour) for colour in to_rgba_array(artist.get_facecolor())])
        artist.set_edgecolor([_grey(colour) for colour in to_rgba_array(artist.get_edgecolor())])
    elif isinstance(artist, Patch):
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        artist.set_alpha(None)  # which is in the colours
        artist.set_facecolor(_grey(face))
        artist.set_edgecolor(_grey(edge))


def _grey(colour: Any) -> Any:
    if isinstance(colour, str) and colour.lower() in ("none", ""):
        return colour
    *rgb, alpha = to_rgba(colour)
    shade = float(np.dot(rgb, WEIGHTS))
    return (shade, shade, shade, alpha)
