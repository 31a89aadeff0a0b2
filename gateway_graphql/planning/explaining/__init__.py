"""Why a plan is as it is, and what it was chosen over."""
