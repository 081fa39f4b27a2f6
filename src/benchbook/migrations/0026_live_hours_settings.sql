-- What decides over hours beside the sessions themselves is announced as it changes, too: who may
-- write when, what was approved, what is meant to be worked, and what an hour costs.

CALL announce_changes('timesheets', 'timesheets', 'announce_personal');
CALL announce_changes('targets', 'targets', 'announce_personal');
-- Of one person or of everybody, where the person is null.
CALL announce_changes('locked_periods', 'locked_periods', 'announce_shared');
CALL announce_changes('rates', 'rates', 'announce_shared');
