"""Settings that several tests share, by what they take apart."""

from __future__ import annotations

from typing import Any

# With these, nothing that people do reaches a lab's capability: neither data of use, nor contributions, nor the
# valuations and outside wages by which researchers choose, nor the money of rents.
LABS_ALONE: dict[str, Any] = {
    "finance.invest_mode": "frozen",
    "training.flywheel": 0.0,
    "contribution.community_gain": 0.0,
    "research.public_methods": 0.0,
    "research.public_serving": 0.0,
    "research.review": 0.0,
    "talent.equity": 0.0,
    "talent.outside_growth": 0.0,
}
