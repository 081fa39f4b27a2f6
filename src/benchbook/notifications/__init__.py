"""Notifications: what people are told in the application.

They are made in the database, in the transaction of what they tell of (`notify_people`); this
module hands them to whom they are for.
"""
