"""Shifts: who is on duty, and when.

An employee has shifts, kept to the minute and at most 48 hours long. That nobody has two at once
is an exclusion constraint; changes of many shifts are judged by their outcome alone.
"""
