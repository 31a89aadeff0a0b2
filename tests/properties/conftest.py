"""How many worlds are made: few and always the same ones, or many new ones.

`HYPOTHESIS_PROFILE=deep` looks at thousands of new worlds, for as long as it takes.
"""

import os

from hypothesis import HealthCheck, settings

from gateway_graphql.language.nesting import make_room_for_nesting

# Planners do so, too; Hypothesis wants to know before it starts.
make_room_for_nesting()

_ALWAYS = {"deadline": None, "suppress_health_check": list(HealthCheck)}

settings.register_profile(
    "stable", max_examples=80, derandomize=True, database=None, **_ALWAYS
)
settings.register_profile("deep", max_examples=5000, **_ALWAYS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "stable"))
