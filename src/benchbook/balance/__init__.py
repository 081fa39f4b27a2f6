"""Balances: what people worked against what was expected of them, week by week or by month.

Expected is what their targets say (hours) less the leave that was approved (shifts). This module
stands above both, for they do not know each other. It keeps nothing: every balance is worked out
from the targets, the leave and the sessions that there are.
"""
